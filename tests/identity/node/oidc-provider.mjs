// `oidc-provider` stands where VNeID would: a person signs in there, is linked to the account that
// their number had, and is signed out here when they sign out there.
// Usage: node oidc-provider.mjs <our issuer> <phone> <provider's port> <our public JWK>

import assert from 'node:assert/strict'
import * as oauth from 'oauth4webapi'
import { Provider } from 'oidc-provider'
import { Browser, codeFor } from './browser.mjs'

const [issuerText, phone, port, ourJwk] = process.argv.slice(2)
const issuer = new URL(issuerText)
const upstream = `http://localhost:${port}`
const open = { [oauth.allowInsecureRequests]: true }
const redirectUri = 'http://127.0.0.1:9/signed-in'
const client = { client_id: 'tinhs-app' }

// --- the provider ---------------------------------------------------------------------------

const { privateKey } = await crypto.subtle.generateKey(
  {
    name: 'RSASSA-PKCS1-v1_5',
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
    hash: 'SHA-256',
  },
  true,
  ['sign', 'verify'],
)
const rsa = await crypto.subtle.exportKey('jwk', privateKey)
const provider = new Provider(upstream, {
  jwks: { keys: [{ ...rsa, key_ops: undefined, ext: undefined, use: 'sig', alg: 'RS256' }] },
  cookies: { keys: ['a key of the test'] },
  claims: { openid: ['sub', 'LoaiTaiKhoan'] },
  conformIdTokenClaims: false,
  features: { backchannelLogout: { enabled: true } },
  findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub, LoaiTaiKhoan: '2' }) }),
  // Its own `fetch` refuses loopback addresses by a dispatcher; this one has none.
  fetch: (url, { dispatcher, ...options }) => fetch(url, options),
  clients: [
    {
      client_id: 'tinhs',
      redirect_uris: [`${issuerText}/login/cb/vneid`],
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [JSON.parse(ourJwk)] },
      id_token_signed_response_alg: 'RS256',
      require_pushed_authorization_requests: true,
      backchannel_logout_uri: `${issuerText}/oauth/backchannel-logout/vneid`,
      backchannel_logout_session_required: true,
    },
  ],
})
const failures = []
for (const event of ['server_error', 'grant.error', 'authorization.error', 'backchannel.error'])
  provider.on(event, (_, error) => failures.push(`${event}: ${error?.message} ${error?.error_description}`))
const issued = []
provider.use(async (ctx, next) => {
  await next()
  if (ctx.path === '/token') issued.push(ctx.body)
})
const server = provider.listen(Number(port))

// --- the app --------------------------------------------------------------------------------

const as = await oauth.processDiscoveryResponse(
  issuer,
  await oauth.discoveryRequest(issuer, { ...open, algorithm: 'oauth2' }),
)

async function withNonce(ask, read) {
  try {
    return await read(await ask())
  } catch (error) {
    if (!oauth.isDPoPNonceError(error)) throw error
    return await read(await ask())
  }
}

/** Open a browser for one sign-in of one device, go `through` it, and trade the code. */
async function signIn(DPoP, browser, through) {
  const verifier = oauth.generateRandomCodeVerifier()
  const state = oauth.generateRandomState()
  const parameters = new URLSearchParams({
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: 'openid identity:read',
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
  })
  const pushed = await withNonce(
    () => oauth.pushedAuthorizationRequest(as, client, oauth.None(), parameters, { ...open, DPoP }),
    (answer) => oauth.processPushedAuthorizationResponse(as, client, answer),
  )
  const url = new URL(as.authorization_endpoint)
  url.searchParams.set('client_id', client.client_id)
  url.searchParams.set('request_uri', pushed.request_uri)
  const code = oauth.validateAuthResponse(as, client, await through(url, browser), state)
  return await withNonce(
    () =>
      oauth.authorizationCodeGrantRequest(
        as,
        client,
        oauth.None(),
        code,
        redirectUri,
        verifier,
        { ...open, DPoP },
      ),
    (answer) => oauth.processAuthorizationCodeResponse(as, client, answer),
  )
}

async function account(token, DPoP) {
  const ask = () =>
    oauth.protectedResourceRequest(
      token,
      'GET',
      new URL('/v1/account', issuer),
      undefined,
      undefined,
      { ...open, DPoP },
    )
  return await withNonce(ask, async (answer) => answer.json())
}

/** Sign in at the provider; return where it sends the browser back to us, and go there. */
async function atProvider(browser, page, login) {
  let answer = await browser.go(`${page}/up/vneid`)
  for (let hops = 0; hops < 12; hops += 1) {
    const location = answer.headers.get('location')
    if (!location) {
      const form = (await answer.text()).includes('name="prompt" value="consent"')
        ? { prompt: 'consent' }
        : { prompt: 'login', login, password: 'any' }
      answer = await browser.go(answer.url, form)
      continue
    }
    const next = new URL(location, answer.url)
    answer = await browser.go(next)
    if (next.origin === issuer.origin) return answer
  }
  throw new Error('the provider never sent the browser back')
}

const dpop = async () => oauth.DPoP(client, await oauth.generateKeyPair('ES256'))

// Somebody has an account by phone …
const byPhone = await dpop()
const before = await signIn(byPhone, new Browser(), (url, browser) => browser.signIn(url, phone))
const known = await account(before.access_token, byPhone)
assert.equal(known.ial, 0)
console.log('somebody is known') // and a minute passes, so that a second code may be sent
await new Promise((resolve) => process.stdin.once('data', resolve))
process.stdin.destroy()

// … proves at the provider who they are, and in the same sign-in that the number is theirs.
const browser = new Browser()
const DPoP = await dpop()
const linked = await signIn(DPoP, browser, async (url) => {
  const opened = await browser.go(url)
  const page = new URL(opened.headers.get('location'), url)
  const back = await atProvider(browser, page, 'a name at the provider')
  assert.equal(back.headers.get('location'), page.pathname)
  const asked = await browser.go(`${page}/phone`, { phone })
  assert.equal(asked.status, 303, await asked.text())
  const done = await browser.go(`${page}/code`, { code: await codeFor(page.origin, phone, 2) })
  return new URL(done.headers.get('location'))
})
const proven = await account(linked.access_token, DPoP)
assert.equal(proven.person_id, known.person_id)
assert.deepEqual([proven.ial, proven.acr], [2, 'aal2'])

// The next time the provider is enough, and it asks anew though it knows the browser.
const again = await signIn(await dpop(), browser, async (url) => {
  const opened = await browser.go(url)
  const page = new URL(opened.headers.get('location'), url)
  const back = await atProvider(browser, page, 'a name at the provider')
  return new URL(back.headers.get('location'))
})
assert.equal(oauth.getValidatedIdTokenClaims(again).sub, known.person_id)

// Nothing that the provider has issued was ever seen outside of the gateway.
assert.equal(issued.length, 2)
const seen = browser.seen.join('\n') + JSON.stringify([linked, again])
for (const tokens of issued) {
  assert.ok(tokens.id_token && tokens.access_token)
  for (const token of [tokens.id_token, tokens.access_token]) assert.ok(!seen.includes(token))
}

// Signing out there signs out here.
const ending = await browser.go(`${upstream}/session/end`)
const xsrf = (await ending.text()).match(/name="xsrf" value="([^"]+)"/)[1]
const ended = await browser.go(`${upstream}/session/end/confirm`, { xsrf, logout: 'yes' })
assert.ok([302, 303].includes(ended.status), `${ended.status}`)
const refused = await account(linked.access_token, DPoP).then(
  () => assert.fail('the session has not ended'),
  (error) => error,
)
assert.equal(refused.status, 401)
assert.equal((await account(before.access_token, byPhone)).person_id, known.person_id)
assert.deepEqual(failures, [])
server.close()
server.closeAllConnections()
console.log('oidc-provider: everything went as it should')
