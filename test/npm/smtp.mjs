// A mail server on loopback: the smtp-server of nodemailer with a certificate of its own. It reads its settings as one line of
// JSON on standard input and writes one line of JSON for its port and for every message. What it is told to refuse it refuses.
import { SMTPServer } from 'smtp-server'
import { createInterface } from 'node:readline'

const say = (v) => process.stdout.write(JSON.stringify(v) + '\n')
const lines = createInterface({ input: process.stdin })
const { value } = await lines[Symbol.asyncIterator]().next()
const set = JSON.parse(value)
let refused = set.refuseFirst || 0

const server = new SMTPServer({
  key: set.key,
  cert: set.cert,
  secure: set.security === 'tls',
  hideSTARTTLS: set.security === 'plain-unsafe',
  authOptional: !set.user,
  allowInsecureAuth: false,
  disableReverseLookup: true,
  logger: false,
  onAuth (auth, session, done) {
    if (auth.username === set.user && auth.password === set.password) return done(null, { user: auth.username })
    done(Object.assign(new Error('535 no'), { responseCode: 535 }))
  },
  onRcptTo (address, session, done) {
    if (address.address.startsWith('nobody@')) return done(Object.assign(new Error('no such person'), { responseCode: 550 }))
    if (refused-- > 0) return done(Object.assign(new Error('later'), { responseCode: 451 }))
    done()
  },
  onData (stream, session, done) {
    const parts = []
    stream.on('data', (b) => parts.push(b))
    stream.on('end', () => {
      say({
        from: session.envelope.mailFrom.address,
        to: session.envelope.rcptTo.map((r) => r.address),
        secure: session.secure,
        user: session.user || '',
        message: Buffer.concat(parts).toString('utf8')
      })
      if (set.hangUp) return process.exit(0) // takes the message and never answers
      done()
    })
  }
})
server.on('error', () => {}) // a client that gives up, or does not like the certificate, says so itself
server.listen(0, '127.0.0.1', () => say({ port: server.server.address().port }))
process.stdin.on('close', () => process.exit(0))
