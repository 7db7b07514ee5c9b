// Mercurius on Fastify as its documentation would have it: compiled queries, its own batching loaders, `pg` with named
// (prepared) statements. Its database role stands outside of row-level security, so every statement names the organization.
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import jwt from '@fastify/jwt'
import Fastify from 'fastify'
import { GraphQLScalarType } from 'graphql'
import mercurius from 'mercurius'
import pg from 'pg'

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: Number(process.env.POOL_SIZE) })

const query = async (name, text, values, client = pool) => (await client.query({ name, text, values })).rows

// Rows are fetched whole: neither a resolver nor a loader is told the selection.
const photoOf = (row) => ({
  id: row.id, projectId: row.project_id, userId: row.user_id, s3Url: row.s3_url, s3Key: row.s3_key, fileSizeBytes: row.file_size_bytes,
  mimeType: row.mime_type, width: row.width, height: row.height, exifData: row.exif_data, createdAt: row.created_at
})
const projectOf = (row) => ({ id: row.id, name: row.name, description: row.description, status: row.status, createdAt: row.created_at })
const userOf = (row) => ({ id: row.id, email: row.email, firstName: row.first_name, lastName: row.last_name, createdAt: row.created_at })
const detectionOf = (row) => ({
  id: row.id, detectionType: row.detection_type.toUpperCase(), modelVersion: row.model_version, results: row.results,
  confidence: row.confidence, createdAt: row.created_at
})
const tagOf = (row) => ({ id: row.id, tag: row.tag, source: row.source.toUpperCase(), confidence: row.confidence, createdAt: row.created_at })

const newestPhotos = (organization, first) => query('photos',
  'SELECT * FROM photos WHERE organization_id = $1 AND deleted_at IS NULL ORDER BY created_at DESC, id DESC LIMIT $2', [organization, first])

const newestProjects = (organization, first) => query('projects',
  'SELECT * FROM projects WHERE organization_id = $1 AND deleted_at IS NULL ORDER BY created_at DESC, id DESC LIMIT $2', [organization, first])

// The children of all parents of a level, each with its own limit, in one statement. Within a level `first` is always the same.
const children = (name, table, key, order, read, where = 'true') => async (parents, { organization }) => {
  const ids = parents.map(({ obj }) => obj.id)
  const rows = await query(name,
    `SELECT child.* FROM unnest($2::uuid[]) AS parent, LATERAL (
       SELECT * FROM ${table} WHERE organization_id = $1 AND ${key} = parent AND ${where} ORDER BY ${order} LIMIT $3) AS child`,
    [organization, ids, parents[0].params.first])
  const found = new Map(ids.map((id) => [id, []]))
  for (const row of rows) found.get(row[key]).push(read(row))
  return ids.map((id) => found.get(id))
}

const owners = (name, table, key, read) => async (photos, { organization }) => {
  const rows = await query(name, `SELECT * FROM ${table} WHERE organization_id = $1 AND id = ANY ($2)`,
    [organization, [...new Set(photos.map(({ obj }) => obj[key]))]])
  const found = new Map(rows.map((row) => [row.id, read(row)]))
  return photos.map(({ obj }) => found.get(obj[key]))
}

const user = ['id', 'email', 'first_name', 'last_name', 'created_at'].join(', ')

const loaders = {
  Project: {
    photos: children('photos of projects', 'photos', 'project_id', 'created_at DESC, id DESC', photoOf, 'deleted_at IS NULL')
  },
  Photo: {
    project: owners('projects of photos', 'projects', 'projectId', projectOf),
    user: owners('users of photos', `(SELECT organization_id, ${user} FROM users) AS people`, 'userId', userOf),
    detections: children('detections of photos', 'detections', 'photo_id', 'created_at, id', detectionOf),
    tags: children('tags of photos', 'tags', 'photo_id', 'created_at, id', tagOf)
  },
  Detection: {
    tags: children('tags of detections', 'tags', 'detection_id', 'created_at, id', tagOf)
  }
}

async function record (detections, { organization, caller, id: request }) {
  const client = await pool.connect()
  try {
    await client.query('BEGIN')
    const photos = await query('projects for detections',
      'SELECT id, project_id FROM photos WHERE organization_id = $1 AND id = ANY ($2) AND deleted_at IS NULL',
      [organization, detections.map((one) => one.photoId)], client)
    const projects = new Map(photos.map((row) => [row.id, row.project_id]))
    const written = []
    const trail = []
    for (const { photoId, detectionType, modelVersion, results, confidence, tags } of detections) {
      const project = projects.get(photoId)
      if (!project) throw new mercurius.ErrorWithProps('no such photo')
      const [row] = await query('insert a detection',
        `INSERT INTO detections (organization_id, id, project_id, photo_id, detection_type, model_version, results, confidence)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING *`,
        [organization, randomUUID(), project, photoId, detectionType.toLowerCase(), modelVersion, results, confidence], client)
      written.push(detectionOf(row))
      trail.push({ resource: row.id, said: { tags: tags.map((tag) => tag.tag) } })
      if (tags.length === 0) continue
      await query('insert tags',
        `INSERT INTO tags (organization_id, project_id, photo_id, detection_id, source, tag, confidence)
         SELECT $1, $2, $3, $4, 'ai', * FROM unnest($5::text[], $6::double precision[]) ON CONFLICT DO NOTHING`,
        [organization, project, photoId, row.id, tags.map((tag) => tag.tag), tags.map((tag) => tag.confidence)], client)
    }
    await query('insert the trail',
      `INSERT INTO audit_logs (organization_id, actor_id, request_id, action, resource_type, resource_id, metadata)
       SELECT $1, $2, $3, 'detection.create', 'detection', resource, said FROM unnest($4::uuid[], $5::jsonb[]) AS row (resource, said)`,
      [organization, caller, request, trail.map((line) => line.resource), trail.map((line) => line.said)], client)
    await client.query('COMMIT')
    return written
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  } finally {
    client.release()
  }
}

const resolvers = {
  DateTime: new GraphQLScalarType({ name: 'DateTime', serialize: (moment) => moment.toISOString() }),
  JSON: new GraphQLScalarType({ name: 'JSON', serialize: (value) => value, parseValue: (value) => value }),
  Query: {
    photos: async (_, { first }, { organization }) => (await newestPhotos(organization, first)).map(photoOf),
    photo: async (_, { id }, { organization }) => {
      const [row] = await query('photo', 'SELECT * FROM photos WHERE organization_id = $1 AND id = $2 AND deleted_at IS NULL', [organization, id])
      return row ? photoOf(row) : null
    },
    projects: async (_, { first }, { organization }) => (await newestProjects(organization, first)).map(projectOf)
  },
  Mutation: { recordDetections: (_, { input }, context) => record(input.detections, context) }
}

const app = Fastify()
await app.register(jwt, {
  secret: process.env.JWT_SECRET,
  verify: { algorithms: ['HS256'], allowedIss: 'fieldgraph', allowedAud: 'fieldgraph' }
})
app.addHook('preHandler', (request) => request.jwtVerify())
await app.register(mercurius, {
  schema: readFileSync(new URL('schema.graphql', import.meta.url), 'utf8'),
  resolvers,
  loaders,
  jit: 1,
  context: (request) => ({ organization: request.user.org, caller: request.user.sub, id: request.id })
})
await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) })
