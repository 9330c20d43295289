// The way of an app and of a partner, by `openid-client`, against the house that has been started.
// Usage: node openid-client.mjs <issuer> <phone> <partner id> <partner's private JWK>

import assert from 'node:assert/strict'
import * as openid from 'openid-client'
import { Browser } from './browser.mjs'

const [issuerText, phone, partnerId, partnerJwk] = process.argv.slice(2)
const issuer = new URL(issuerText)
const execute = [openid.allowInsecureRequests]
const redirectUri = 'http://127.0.0.1:9/signed-in'

const config = await openid.discovery(issuer, 'tinhs-app', undefined, openid.None(), { execute })
const DPoP = openid.getDPoPHandle(config, await openid.randomDPoPKeyPair('ES256'))

const pkceCodeVerifier = openid.randomPKCECodeVerifier()
const expectedState = openid.randomState()
const expectedNonce = openid.randomNonce()
const url = await openid.buildAuthorizationUrlWithPAR(
  config,
  {
    redirect_uri: redirectUri,
    scope: 'openid identity:read',
    code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: expectedState,
    nonce: expectedNonce,
  },
  { DPoP },
)
const back = await new Browser().signIn(url, phone)
const tokens = await openid.authorizationCodeGrant(
  config,
  back,
  { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true },
  undefined,
  { DPoP },
)
const account = new URL('/v1/account', issuer)
const call = (token) =>
  openid.fetchProtectedResource(config, token, account, 'GET', undefined, undefined, { DPoP })
const seen = await (await call(tokens.access_token)).json()
assert.equal(seen.person_id, tokens.claims().sub)

const renewed = await openid.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP })
assert.equal((await call(renewed.access_token)).status, 200)
await openid.tokenRevocation(config, renewed.refresh_token)
await assert.rejects(call(renewed.access_token), (error) => error.status === 401)

const key = await crypto.subtle.importKey(
  'jwk',
  JSON.parse(partnerJwk),
  { name: 'ECDSA', namedCurve: 'P-256' },
  false,
  ['sign'],
)
const partner = await openid.discovery(issuer, partnerId, undefined, openid.PrivateKeyJwt(key), {
  execute,
})
const granted = await openid.clientCredentialsGrant(partner, {}, {
  DPoP: openid.getDPoPHandle(partner, await openid.randomDPoPKeyPair('ES256')),
})
assert.equal(granted.token_type, 'dpop')
console.log('openid-client: everything went as it should')
