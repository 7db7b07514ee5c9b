// PostGraphile 5: the graph is made from the tables, and the walls are the project's own row-level security. A request is
// BEGIN, set_config of role and caller, one generated statement, COMMIT.
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import jwt from 'jsonwebtoken'
import { postgraphile } from 'postgraphile'
import { makePgService } from 'postgraphile/adaptors/pg'
import { grafserv } from 'postgraphile/grafserv/node'
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber'

const expected = { algorithms: ['HS256'], issuer: 'fieldgraph', audience: 'fieldgraph' }

// Its documentation has the token verified here.
function context ({ node }) {
  const [scheme, token] = (node?.req.headers.authorization ?? '').split(' ')
  if (scheme !== 'Bearer' || !token) throw new Error('a token is needed')
  const { org, sub } = jwt.verify(token, process.env.JWT_SECRET, expected)
  return { pgSettings: { role: 'org_admin', 'app.organization_id': org, 'app.user_id': sub, 'app.request_id': randomUUID() } }
}

const instance = postgraphile({
  extends: [PostGraphileAmberPreset],
  // It leaves out orders and relations without an index of exactly their columns; ours begin with the organization.
  disablePlugins: ['PgIndexBehaviorsPlugin'],
  pgServices: [
    makePgService({
      connectionString: process.env.DATABASE_URL,
      poolConfig: { max: Number(process.env.POOL_SIZE) },
      schemas: ['public'],
      pubsub: false
    })
  ],
  grafserv: { port: Number(process.env.PORT), graphqlPath: '/graphql', graphiql: false, websockets: false },
  grafast: { context, explain: false }
})

if (process.env.PRINT_SCHEMA) {
  const { printSchema } = await import('postgraphile/graphql')
  console.log(printSchema(await instance.getSchema()))
  process.exit(0)
}

const server = createServer()
await instance.createServ(grafserv).addTo(server)
server.listen(Number(process.env.PORT), '127.0.0.1')
