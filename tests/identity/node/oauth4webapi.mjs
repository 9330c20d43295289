// The way of an app and of a partner, by `oauth4webapi`, against the house that has been started.
// Usage: node oauth4webapi.mjs <issuer> <phone> <partner id> <partner's private JWK>

import assert from 'node:assert/strict'
import * as oauth from 'oauth4webapi'
import { Browser } from './browser.mjs'

const [issuerText, phone, partnerId, partnerJwk] = process.argv.slice(2)
const issuer = new URL(issuerText)
const open = { [oauth.allowInsecureRequests]: true }
const redirectUri = 'http://127.0.0.1:9/signed-in'
const client = { client_id: 'tinhs-app' }

for (const algorithm of ['oauth2', 'oidc']) {
  const found = await oauth.discoveryRequest(issuer, { ...open, algorithm })
  await oauth.processDiscoveryResponse(issuer, found)
}
const as = await oauth.processDiscoveryResponse(
  issuer,
  await oauth.discoveryRequest(issuer, { ...open, algorithm: 'oauth2' }),
)
assert.equal(as.require_pushed_authorization_requests, true)
assert.equal(as.authorization_response_iss_parameter_supported, true)

const keys = await oauth.generateKeyPair('ES256')
const DPoP = oauth.DPoP(client, keys)

/** Do it; and do it again with the nonce, when the first answer asks for one. */
async function withNonce(ask, read) {
  try {
    return await read(await ask())
  } catch (error) {
    if (!oauth.isDPoPNonceError(error)) throw error
    return await read(await ask())
  }
}

async function signIn() {
  const verifier = oauth.generateRandomCodeVerifier()
  const state = oauth.generateRandomState()
  const nonce = oauth.generateRandomNonce()
  const parameters = new URLSearchParams({
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: 'openid identity:read',
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
  })
  const pushed = await withNonce(
    () => oauth.pushedAuthorizationRequest(as, client, oauth.None(), parameters, { ...open, DPoP }),
    (answer) => oauth.processPushedAuthorizationResponse(as, client, answer),
  )
  const url = new URL(as.authorization_endpoint)
  url.searchParams.set('client_id', client.client_id)
  url.searchParams.set('request_uri', pushed.request_uri)
  const back = await new Browser().signIn(url, phone)
  const code = oauth.validateAuthResponse(as, client, back, state)
  const trade = (more) =>
    oauth.authorizationCodeGrantRequest(as, client, oauth.None(), code, redirectUri, verifier, {
      ...open,
      DPoP,
      ...more,
    })
  const tokens = await withNonce(trade, (answer) =>
    oauth.processAuthorizationCodeResponse(as, client, answer, {
      expectedNonce: nonce,
      requireIdToken: true,
    }),
  )
  return { tokens, trade }
}

const account = new URL('/v1/account', issuer)
const call = (token, more) =>
  oauth.protectedResourceRequest(token, 'GET', account, undefined, undefined, { ...open, ...more })

/** Return the error of a call that has to fail. */
async function refused(promise) {
  const error = await promise.then(
    () => assert.fail('it was not refused'),
    (caught) => caught,
  )
  return error
}

const { tokens, trade } = await signIn()
assert.equal(tokens.token_type, 'dpop')
const claims = oauth.getValidatedIdTokenClaims(tokens)
const answer = await withNonce(
  () => call(tokens.access_token, { DPoP }),
  async (found) => found,
)
assert.equal(answer.status, 200)
assert.equal((await answer.json()).person_id, claims.sub)

// The resource server of the library judges the token by the published keys.
const judged = await oauth.validateJwtAccessToken(
  as,
  new Request(account, {
    headers: {
      authorization: `DPoP ${tokens.access_token}`,
      dpop: await proofFor(tokens.access_token),
    },
  }),
  `${issuerText}/v1`,
  { ...open, requireDPoP: true },
)
assert.equal(judged.sub, claims.sub)

async function proofFor(token) {
  let sent
  const spy = async (_, options) => {
    sent = options.headers.dpop
    return new Response()
  }
  await call(token, { DPoP, [oauth.customFetch]: spy })
  return sent
}

// Stolen: as a bearer token, and with another key.
const asBearer = await fetch(account, {
  headers: { authorization: `Bearer ${tokens.access_token}` },
})
assert.equal(asBearer.status, 401)
assert.match(asBearer.headers.get('www-authenticate'), /invalid_token/)
const thief = oauth.DPoP(client, await oauth.generateKeyPair('ES256'))
const withOtherKey = await refused(call(tokens.access_token, { DPoP: thief }))
assert.equal(withOtherKey.cause[0].parameters.error, 'invalid_dpop_proof')

// Refreshing, once more after the answer was lost, and by a thief.
const refresh = (token, more) =>
  oauth.refreshTokenGrantRequest(as, client, oauth.None(), token, { ...open, DPoP, ...more })
const read = (found) => oauth.processRefreshTokenResponse(as, client, found)
const lost = await withNonce(() => refresh(tokens.refresh_token), read)
const again = await withNonce(() => refresh(tokens.refresh_token), read)
assert.equal(again.refresh_token, lost.refresh_token)
assert.notEqual(again.access_token, lost.access_token)
const byThief = await refused(
  withNonce(() => refresh(again.refresh_token, { DPoP: thief }), read),
)
assert.equal(byThief.error, 'invalid_grant')
const next = await withNonce(() => refresh(again.refresh_token), read)

// Signing out works on the next request.
await oauth.processRevocationResponse(
  await oauth.revocationRequest(as, client, oauth.None(), next.refresh_token, open),
)
const afterwards = await refused(call(next.access_token, { DPoP }))
assert.equal(afterwards.status, 401)
assert.equal(afterwards.cause[0].parameters.error, 'invalid_token')

// A code that is shown twice takes its session with it.
const second = await refused(
  withNonce(trade, (found) => oauth.processAuthorizationCodeResponse(as, client, found)),
)
assert.equal(second.error, 'invalid_grant')

// A partner.
const partner = { client_id: partnerId }
const key = await crypto.subtle.importKey(
  'jwk',
  JSON.parse(partnerJwk),
  { name: 'ECDSA', namedCurve: 'P-256' },
  false,
  ['sign'],
)
const partnerDPoP = oauth.DPoP(partner, await oauth.generateKeyPair('ES256'))
const granted = await withNonce(
  () =>
    oauth.clientCredentialsGrantRequest(as, partner, oauth.PrivateKeyJwt(key), {}, {
      ...open,
      DPoP: partnerDPoP,
    }),
  (found) => oauth.processClientCredentialsResponse(as, partner, found),
)
assert.equal(granted.token_type, 'dpop')
assert.equal(granted.refresh_token, undefined)
const forged = await refused(
  withNonce(
    () =>
      oauth.clientCredentialsGrantRequest(
        as,
        partner,
        oauth.PrivateKeyJwt(keys.privateKey),
        {},
        { ...open, DPoP: partnerDPoP },
      ),
    (found) => oauth.processClientCredentialsResponse(as, partner, found),
  ),
)
assert.equal(forged.error, 'invalid_client')
console.log('oauth4webapi: everything went as it should')
