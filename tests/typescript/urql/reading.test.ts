// Reading with urql, through the code that codegen makes of schema.graphql.
import { describe, expect, test } from "vitest";
import { graphql, readFragment } from "../generated";
import type { PhotoFilter, ProcessingStage } from "../generated/graphql";
import { ask, client, there } from "../support/urql";

const PhotoCard = graphql(`
  fragment PhotoCard on Photo {
    id
    s3Key
    status
    fileSizeBytes
    createdAt
    exifData
    project {
      name
    }
    detections(first: 5) {
      totalCount
      nodes {
        id
        detectionType
        confidence
        results
      }
    }
    tags(first: 5) {
      nodes {
        id
        tag
        source
        confidence
      }
    }
  }
`);

const PageOfPhotos = graphql(`
  query PageOfPhotos($first: Int, $after: String, $last: Int, $before: String, $filter: PhotoFilter) {
    photos(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
      totalCount
      nodes {
        ...PhotoCard
      }
      edges {
        cursor
        node {
          id
        }
      }
      pageInfo {
        hasNextPage
        hasPreviousPage
        startCursor
        endCursor
      }
    }
  }
`);

const northwind = client("northwindAdmin");

describe("a page of photos", () => {
  test("has its detections and tags, in types that fit", async () => {
    const filter: PhotoFilter = { detections: { some: { detectionType: { eq: "DAMAGE" } } }, tags: { some: {} } };
    const { photos } = await ask(northwind, PageOfPhotos, { first: 5, filter });
    expect(photos.nodes).toHaveLength(5);
    expect(photos.totalCount).toBeGreaterThan(5);
    for (const photo of readFragment(PhotoCard, photos.nodes)) {
      const size: number = there(photo.fileSizeBytes);
      expect(Number.isSafeInteger(size)).toBe(true);
      const created: string = photo.createdAt;
      expect(new Date(created).getTime()).toBeLessThan(Date.now());
      expect(photo.detections.nodes.map(({ detectionType }) => detectionType)).toContain("DAMAGE");
      expect(photo.detections.nodes).toHaveLength(Math.min(photo.detections.totalCount, 5));
      expect(photo.tags.nodes.length).toBeGreaterThan(0);
      for (const { source, confidence } of photo.tags.nodes) {
        if (source === "USER") expect(confidence).toBeNull();
        else expect(confidence).toBeTypeOf("number");
      }
      // What has no shape is unknown: it has to be looked at before it is used.
      const [first] = photo.detections.nodes;
      expect(labelOf(there(first).results)).toBeTypeOf("string");
    }
  });

  test("is the newest first, and its cursors are those of its edges", async () => {
    const { photos } = await ask(northwind, PageOfPhotos, { first: 10 });
    const created = readFragment(PhotoCard, photos.nodes).map(({ createdAt }) => Date.parse(createdAt));
    expect(created).toEqual(created.toSorted((one, other) => other - one));
    expect(photos.pageInfo.startCursor).toBe(photos.edges.at(0)?.cursor);
    expect(photos.pageInfo.endCursor).toBe(photos.edges.at(-1)?.cursor);
  });
});

describe("page after page", () => {
  test("forwards, every photo comes once and in order", async () => {
    const all = await everyId();
    const walked: string[] = [];
    let after: string | null = null;
    let pages = 0;
    do {
      const { photos }: Awaited<ReturnType<typeof page>> = await page({ first: 7, after });
      walked.push(...photos.edges.map(({ node }) => node.id));
      expect(photos.pageInfo.hasPreviousPage).toBe(pages > 0);
      after = photos.pageInfo.hasNextPage ? there(photos.pageInfo.endCursor) : null;
      pages += 1;
    } while (after !== null);
    expect(walked).toEqual(all);
    expect(pages).toBe(Math.ceil(all.length / 7));
  });

  test("backwards, every photo comes once and in order", async () => {
    const all = await everyId();
    const walked: string[] = [];
    let before: string | null = null;
    do {
      const { photos }: Awaited<ReturnType<typeof page>> = await page({ last: 6, before });
      walked.unshift(...photos.edges.map(({ node }) => node.id));
      before = photos.pageInfo.hasPreviousPage ? there(photos.pageInfo.startCursor) : null;
    } while (before !== null);
    expect(walked).toEqual(all);
  });

  async function page(place: { first?: number; last?: number; after?: string | null; before?: string | null }) {
    return ask(northwind, PageOfPhotos, place);
  }

  async function everyId(): Promise<string[]> {
    const { photos } = await ask(northwind, PageOfPhotos, { first: 100 });
    expect(photos.edges).toHaveLength(photos.totalCount);
    expect(photos.totalCount).toBeGreaterThan(21);
    return photos.edges.map(({ node }) => node.id);
  }
});

describe("a filter", () => {
  async function photosWith(filter: PhotoFilter) {
    const { photos } = await ask(northwind, PageOfPhotos, { first: 100, filter });
    return readFragment(PhotoCard, photos.nodes);
  }

  test("speaks of columns, of JSON, and of what hangs under a row", async () => {
    const byKey = await photosWith({ s3Key: { startsWith: "harbor-view/" } });
    expect(byKey.length).toBeGreaterThan(0);
    expect(byKey.every(({ s3Key }) => s3Key.startsWith("harbor-view/"))).toBe(true);

    const byCamera = await photosWith({ exifData: { path: ["Make"], eq: "Google" } });
    expect(byCamera.length).toBeGreaterThan(0);
    expect(byCamera.every(({ exifData }) => isObject(exifData) && exifData["Make"] === "Google")).toBe(true);

    const byProject = await photosWith({ project: { name: { eq: "Cedar Hollow Barn" } } });
    expect(new Set(byProject.map(({ project }) => project?.name))).toEqual(new Set(["Cedar Hollow Barn"]));
  });

  test("and what it leaves out are the list together", async () => {
    const labelled: PhotoFilter = { tags: { some: { tag: { eq: "hail" } } } };
    const all = await photosWith({});
    const some = await photosWith(labelled);
    const others = await photosWith({ not: labelled });
    expect(some.length).toBeGreaterThan(0);
    expect(others.length).toBeGreaterThan(0);
    const ids = [...some, ...others].map(({ id }) => id);
    expect(ids.toSorted()).toEqual(all.map(({ id }) => id).toSorted());
    expect(await photosWith({ or: [labelled, { not: labelled }] })).toHaveLength(all.length);
    expect(await photosWith({ and: [labelled, { not: labelled }] })).toHaveLength(0);
  });
});

const Labels = graphql(`
  query Labels($filter: StringFilter) {
    labels(first: 5, filter: $filter) {
      nodes {
        name
        photos(first: 100) {
          totalCount
          nodes {
            id
            tags(first: 100) {
              nodes {
                id
                tag
              }
            }
          }
        }
      }
    }
  }
`);

test("labels lead to the photos that bear them", async () => {
  const { labels } = await ask(northwind, Labels, { filter: { in: ["hail", "crack"] } });
  expect(labels.nodes.map(({ name }) => name)).toEqual(["crack", "hail"]);
  for (const { name, photos } of labels.nodes) {
    expect(photos.totalCount).toBeGreaterThan(0);
    expect(photos.nodes).toHaveLength(photos.totalCount);
    for (const { tags } of photos.nodes) expect(tags.nodes.map(({ tag }) => tag)).toContain(name);
  }
});

const Figures = graphql(`
  query Figures {
    photos(first: 1) {
      totalCount
    }
    photoStats(groupBy: [STATUS]) {
      status
      count
      bucketStart
    }
    byMonth: photoStats(bucket: { unit: MONTH, timeZone: "America/New_York" }) {
      bucketStart
      count
    }
    detections(first: 1) {
      totalCount
    }
    detectionStats(groupBy: [DETECTION_TYPE, MODEL_VERSION]) {
      detectionType
      modelVersion
      count
      confidence {
        avg
        min
        max
        p95
      }
    }
  }
`);

test("figures agree with the lists beside them", async () => {
  const { photos, photoStats, byMonth, detections, detectionStats } = await ask(northwind, Figures, {});
  const together = (groups: readonly { count: number }[]) => groups.reduce((sum, { count }) => sum + count, 0);
  expect(together(photoStats)).toBe(photos.totalCount);
  expect(together(byMonth)).toBe(photos.totalCount);
  expect(together(detectionStats)).toBe(detections.totalCount);
  expect(photoStats.every(({ bucketStart }) => bucketStart === null)).toBe(true);
  expect(byMonth.length).toBeGreaterThan(1);
  const starts = byMonth.map(({ bucketStart }) => Date.parse(there(bucketStart)));
  expect(starts).toEqual(starts.toSorted((one, other) => one - other));
  for (const { confidence } of detectionStats) {
    expect(there(confidence.avg)).toBeGreaterThanOrEqual(there(confidence.min));
    expect(there(confidence.avg)).toBeLessThanOrEqual(there(confidence.max));
  }
});

const Timeline = graphql(`
  query Timeline($photo: ID!) {
    processingTimeline(first: 100, filter: { photoId: { eq: $photo } }) {
      nodes {
        id
        stage
        occurredAt
      }
    }
  }
`);

test("a photo's way through the models is told from its first step to its last", async () => {
  const filter: PhotoFilter = { detections: { some: {} } };
  const { photos } = await ask(northwind, PageOfPhotos, { first: 1, filter });
  const { processingTimeline } = await ask(northwind, Timeline, { photo: there(photos.edges[0]).node.id });
  const stages = processingTimeline.nodes.map(({ stage }) => stage);
  const begun: ProcessingStage = "QUEUED";
  expect(stages[0]).toBe(begun);
  expect(stages).toContain("COMPLETED");
  const times = processingTimeline.nodes.map(({ occurredAt }) => Date.parse(occurredAt));
  expect(times).toEqual(times.toSorted((one, other) => one - other));
});

const Things = graphql(`
  query Things($ids: [ID!]!, $one: ID!) {
    node(id: $one) {
      __typename
      id
    }
    nodes(ids: $ids) {
      __typename
      id
      ... on Photo {
        s3Key
      }
      ... on User {
        fullName
      }
    }
  }
`);

const Viewer = graphql(`
  query Viewer {
    viewer {
      permissions
      user {
        id
        fullName
      }
    }
  }
`);

test("node and nodes find whatever the caller may see, and null for the rest", async () => {
  const { photos } = await ask(northwind, PageOfPhotos, { first: 1 });
  const photo = there(photos.edges[0]).node.id;
  const { viewer } = await ask(northwind, Viewer, {});
  const user = there(viewer.user);
  const nobody = "00000000-0000-4000-8000-000000000000";
  const ids = [user.id, nobody, photo];

  const { node, nodes } = await ask(northwind, Things, { one: photo, ids });
  expect(node).toEqual({ __typename: "Photo", id: photo });
  const [first, second, third] = nodes;
  expect(first).toEqual({ __typename: "User", id: user.id, fullName: user.fullName });
  expect(second).toBeNull();
  // Narrowed by its name, the type knows its own fields.
  if (third?.__typename !== "Photo") throw new Error("the photo is no photo");
  expect(third.s3Key).toBe(readFragment(PhotoCard, photos.nodes)[0]?.s3Key);

  const elsewhere = await ask(client("alpineAdmin"), Things, { one: photo, ids });
  expect(elsewhere).toEqual({ node: null, nodes: [null, null, null] });
});

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function labelOf(results: unknown): unknown {
  return isObject(results) ? results["label"] : undefined;
}
