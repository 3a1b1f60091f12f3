// Heads and proofs of the ledger, read by @sigstore/verify, which reads those of Rekor.
import { createPublicKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const config = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const theirs = createRequire(`${config.packages}/node_modules/@sigstore/verify/dist/tlog/`)
const { verifyCheckpoint } = theirs('./checkpoint.js')
const { verifyMerkleInclusion } = theirs('./merkle.js')

const bytes = (text) => Buffer.from(text, 'base64')
const log = {
  logID: bytes(config.log.id),
  baseURL: config.log.name,
  publicKey: createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: config.log.key }, format: 'jwk' }),
}

function judged({ leaf, index, hashes, note }) {
  const inclusionProof = { logIndex: index, hashes: hashes.map(bytes), checkpoint: { envelope: note } }
  const entry = { canonicalizedBody: bytes(leaf), inclusionProof }
  try {
    verifyMerkleInclusion(entry, verifyCheckpoint(entry, [log]))
    return 'proved'
  } catch (error) {
    return error.message
  }
}

console.log(JSON.stringify({ judged: config.entries.map(judged) }))
