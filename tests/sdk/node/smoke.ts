// The TypeScript client against a running house: `node smoke.js URL PDF`. Everything that an
// integrator writes by hand is here: a key, a token, and the proof of each request.
import assert from 'node:assert/strict'
import { createHash, generateKeyPairSync, randomUUID, sign } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { type Tinhs, tinhs } from './index.js'

const text = (raw: string | Uint8Array): string => Buffer.from(raw).toString('base64url')

// Shows that each request comes from the device whose token it bears (RFC 9449).
async function signing(url: string): Promise<typeof fetch> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = publicKey.export({ format: 'jwk' })
  const answer = await fetch(`${url}/dev/login`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ as: 'citizen', jwk }),
  })
  const { access_token: token } = (await answer.json()) as { access_token: string }
  let nonce = ''

  const proof = (request: Request): string => {
    const claims = {
      jti: randomUUID(),
      htm: request.method,
      htu: request.url.split('?')[0],
      iat: Math.floor(Date.now() / 1000),
      ath: text(createHash('sha256').update(token).digest()),
      nonce,
    }
    const head = { typ: 'dpop+jwt', alg: 'ES256', jwk }
    const signed = `${text(JSON.stringify(head))}.${text(JSON.stringify(claims))}`
    const key = { key: privateKey, dsaEncoding: 'ieee-p1363' as const }
    return `${signed}.${text(sign('sha256', Buffer.from(signed), key))}`
  }

  return async (input, init) => {
    const asked = new Request(input, init)
    for (;;) {
      const request = asked.clone()
      request.headers.set('Authorization', `DPoP ${token}`)
      request.headers.set('DPoP', proof(request))
      const told = await fetch(request)
      const before = nonce
      nonce = told.headers.get('DPoP-Nonce') ?? nonce
      const asks = told.headers.get('WWW-Authenticate') ?? ''
      if (!asks.includes('use_dpop_nonce') || nonce === before) return told
    }
  }
}

// File two, turn a page, be too late, and take one back.
async function reports(client: Tinhs): Promise<void> {
  const ids: string[] = []
  const codes: string[] = []
  for (const _ of [1, 2]) {
    const { data, error } = await client.POST('/v1/feedback/reports', {
      params: { header: { 'Idempotency-Key': randomUUID() } },
      body: {
        category: 'roads',
        text: 'Ổ gà lớn giữa ngã tư, gửi từ bộ SDK TypeScript.',
        commune_code: '14797',
      },
    })
    assert.ok(data, JSON.stringify(error))
    ids.push(data.id)
    codes.push(data.code)
  }
  const first = await client.GET('/v1/feedback/me/reports', { params: { query: { limit: 1 } } })
  const cursor = first.data?.next_cursor
  assert.ok(cursor)
  const second = await client.GET('/v1/feedback/me/reports', {
    params: { query: { limit: 1, cursor } },
  })
  const seen = [first.data?.items[0]?.id, second.data?.items[0]?.id]
  assert.deepEqual(new Set(seen), new Set(ids))

  const report_id = ids[0] as string
  const withdraw = (version: string) =>
    client.POST('/v1/feedback/reports/{report_id}/withdrawal', {
      params: { path: { report_id }, header: { 'If-Match': version } },
    })
  const late = await withdraw('"9"')
  assert.equal(late.response.status, 412)
  assert.match(late.error?.type ?? '', /\/problems\/kernel\/version-stale$/)
  const nothing = await client.GET('/v1/feedback/reports/{report_id}', {
    params: { path: { report_id: '00000000-0000-0000-0000-000000000007' } },
  })
  assert.equal(nothing.error?.status, 404)
  assert.match(nothing.error?.type ?? '', /\/problems\/kernel\/not-found$/)
  const own = await client.GET('/v1/feedback/reports/{report_id}', { params: { path: { report_id } } })
  const gone = await withdraw(`"${own.data?.version}"`)
  assert.equal(gone.data?.state, 'withdrawn')
  console.log(`  typescript: ${codes[0]} filed, paged, 412 at a stale version, withdrawn`)
}

// Ask whether a file is genuine, and again after one byte of it was changed.
async function documents(client: Tinhs, pdf: Buffer): Promise<void> {
  const verify = (raw: Uint8Array) =>
    client.POST('/v1/documents/verifications/files', {
      body: raw as unknown as string,
      headers: { 'Content-Type': 'application/octet-stream' },
      bodySerializer: () => new Blob([new Uint8Array(raw)]),
    })
  const changed = Buffer.from(pdf)
  changed.writeUInt8(changed.readUInt8(pdf.length >> 1) ^ 1, pdf.length >> 1)
  const [genuine, altered] = [await verify(pdf), await verify(changed)]
  assert.equal(genuine.data?.verdict, 'VALID')
  assert.equal(altered.data?.verdict, 'INVALID')
  console.log(`  typescript: ${genuine.data?.document?.code} is VALID, altered it is INVALID`)
}

const [url, file] = process.argv.slice(2)
assert.ok(url && file, 'node smoke.js URL PDF')
await reports(tinhs(url, { fetch: await signing(url) }))
await documents(tinhs(url), await readFile(file))
