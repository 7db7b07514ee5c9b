// Writing with urql: what a person can put right comes back as data, with a code that TypeScript knows all values of.
import { readFileSync } from "node:fs";
import { buildSchema, isEnumType } from "graphql";
import { describe, expect, test } from "vitest";
import type { UserErrorCode } from "../generated/graphql";
import { graphql, readFragment } from "../generated";
import { ask, client, tell, there } from "../support/urql";

const Problem = graphql(`
  fragment Problem on UserError {
    code
    message
    path
  }
`);

const Projects = graphql(`
  query Projects {
    projects(first: 2, orderBy: [{ field: NAME, direction: ASC }]) {
      nodes {
        id
        name
      }
    }
  }
`);

const ImportPhotos = graphql(`
  mutation ImportPhotos($input: ImportPhotosInput!) {
    importPhotos(input: $input) {
      photos {
        id
        s3Key
        status
        fileSizeBytes
        updatedAt
        user {
          email
        }
      }
      errors {
        ...Problem
      }
    }
  }
`);

const UpdatePhoto = graphql(`
  mutation UpdatePhoto($input: UpdatePhotoInput!) {
    updatePhoto(input: $input) {
      photo {
        id
        width
        mimeType
        exifData
        updatedAt
        project {
          id
        }
      }
      errors {
        ...Problem
      }
    }
  }
`);

const DeletePhoto = graphql(`
  mutation DeletePhoto($input: DeletePhotoInput!) {
    deletePhoto(input: $input) {
      photo {
        id
      }
      errors {
        ...Problem
      }
    }
  }
`);

const RestorePhoto = graphql(`
  mutation RestorePhoto($input: RestorePhotoInput!) {
    restorePhoto(input: $input) {
      photo {
        id
      }
      errors {
        ...Problem
      }
    }
  }
`);

const PhotoNow = graphql(`
  query PhotoNow($id: ID!) {
    photo(id: $id) {
      id
      width
      tags {
        nodes {
          id
          tag
          source
        }
      }
    }
  }
`);

const AddTags = graphql(`
  mutation AddTags($input: AddTagsInput!) {
    addTags(input: $input) {
      photo {
        id
        tags {
          nodes {
            id
            tag
            source
          }
        }
      }
      errors {
        ...Problem
      }
    }
  }
`);

const RemoveTags = graphql(`
  mutation RemoveTags($input: RemoveTagsInput!) {
    removeTags(input: $input) {
      removedIds
      errors {
        ...Problem
      }
    }
  }
`);

const RecordDetections = graphql(`
  mutation RecordDetections($input: RecordDetectionsInput!) {
    recordDetections(input: $input) {
      detections {
        id
        detectionType
        userConfirmed
        updatedAt
        tags {
          nodes {
            id
            tag
            source
            confidence
          }
        }
      }
      errors {
        ...Problem
      }
    }
  }
`);

const ConfirmDetection = graphql(`
  mutation ConfirmDetection($input: ConfirmDetectionInput!) {
    confirmDetection(input: $input) {
      detection {
        id
        userConfirmed
        confirmedAt
        userFeedback
        confirmedBy {
          email
        }
      }
      errors {
        ...Problem
      }
    }
  }
`);

const RejectDetection = graphql(`
  mutation RejectDetection($input: RejectDetectionInput!) {
    rejectDetection(input: $input) {
      detection {
        id
        userConfirmed
        confirmedAt
      }
      errors {
        ...Problem
      }
    }
  }
`);

const RecordProcessingEvents = graphql(`
  mutation RecordProcessingEvents($input: RecordProcessingEventsInput!) {
    recordProcessingEvents(input: $input) {
      events {
        id
        stage
        durationMs
      }
      errors {
        ...Problem
      }
    }
  }
`);

const admin = client("northwindAdmin");

let imported = 0;

/** A photo of this test alone. */
async function newPhoto() {
  imported += 1;
  const { projects } = await ask(admin, Projects, {});
  const s3Key = `typescript/${String(imported)}.jpg`;
  const photo = {
    projectId: there(projects.nodes[0]).id,
    s3Key,
    s3Url: `s3://somewhere/${s3Key}`,
    fileSizeBytes: 5_000_000_000,
    exifData: { Make: "Apple" },
  };
  const { importPhotos } = await tell(admin, ImportPhotos, { input: { photos: [photo] } });
  expect(importPhotos.errors).toEqual([]);
  return { ...there(importPhotos.photos?.[0], "the imported photo"), input: photo };
}

describe("photos", () => {
  test("are imported, changed, put into the bin and taken out again", async () => {
    const photo = await newPhoto();
    expect(photo.status).toBe("STORED");
    // More than Int can hold.
    expect(photo.fileSizeBytes).toBe(5_000_000_000);
    expect(photo.user?.email).toBe("admin@northwind.example");

    const { projects } = await ask(admin, Projects, {});
    const elsewhere = there(projects.nodes[1]).id;
    const { updatePhoto } = await tell(admin, UpdatePhoto, {
      input: { id: photo.id, width: 4032, exifData: null, projectId: elsewhere, ifUnchangedSince: photo.updatedAt },
    });
    expect(updatePhoto.errors).toEqual([]);
    expect(updatePhoto.photo).toMatchObject({ width: 4032, exifData: null, project: { id: elsewhere } });

    const { deletePhoto } = await tell(admin, DeletePhoto, { input: { id: photo.id } });
    expect(deletePhoto.errors).toEqual([]);
    expect((await ask(admin, PhotoNow, { id: photo.id })).photo).toBeNull();

    const { restorePhoto } = await tell(admin, RestorePhoto, { input: { id: photo.id } });
    expect(restorePhoto.errors).toEqual([]);
    expect((await ask(admin, PhotoNow, { id: photo.id })).photo?.width).toBe(4032);
  });

  test("are not changed by who read them too long ago", async () => {
    const photo = await newPhoto();
    const change = { id: photo.id, ifUnchangedSince: photo.updatedAt };
    expect((await tell(admin, UpdatePhoto, { input: { ...change, width: 1 } })).updatePhoto.errors).toEqual([]);
    const { updatePhoto } = await tell(admin, UpdatePhoto, { input: { ...change, width: 2 } });
    expect(updatePhoto.photo).toBeNull();
    const [problem] = readFragment(Problem, updatePhoto.errors);
    expect(problem?.code).toBe("CONFLICT" satisfies UserErrorCode);
    expect(problem?.path[0]).toBe("input");
    expect((await ask(admin, PhotoNow, { id: photo.id })).photo?.width).toBe(1);
  });

  test("that are wrong in many ways are told all of them at once, and none is imported", async () => {
    const taken = await newPhoto();
    const { importPhotos } = await tell(admin, ImportPhotos, {
      input: {
        photos: [
          { ...taken.input, s3Key: "", width: -1 },
          { ...taken.input, s3Key: "typescript/never.jpg", fileSizeBytes: -1 },
        ],
      },
    });
    expect(importPhotos.photos).toBeNull();
    const paths = readFragment(Problem, importPhotos.errors).map(({ path }) => path.join("."));
    expect(paths).toEqual(
      expect.arrayContaining(["input.photos.0.s3Key", "input.photos.0.width", "input.photos.1.fileSizeBytes"]),
    );

    const twice = await tell(admin, ImportPhotos, { input: { photos: [taken.input] } });
    const [problem] = readFragment(Problem, twice.importPhotos.errors);
    expect(problem?.code).toBe("ALREADY_EXISTS" satisfies UserErrorCode);
  });

  test("of another organization are not to be found", async () => {
    const photo = await newPhoto();
    const { addTags } = await tell(client("alpineAdmin"), AddTags, { input: { photoId: photo.id, tags: ["ours now"] } });
    expect(readFragment(Problem, addTags.errors).map(({ code }) => code)).toEqual(["NOT_FOUND"]);
    expect((await ask(admin, PhotoNow, { id: photo.id })).photo?.tags.nodes).toEqual([]);
  });
});

test("tags are set, once each, and taken off", async () => {
  const photo = await newPhoto();
  for (const tags of [["hail", "to discuss"], ["hail"]]) {
    const { addTags } = await tell(admin, AddTags, { input: { photoId: photo.id, tags } });
    expect(addTags.errors).toEqual([]);
    const set = there(addTags.photo).tags.nodes.map(({ tag, source }) => `${tag} ${source}`);
    expect(set.toSorted()).toEqual(["hail USER", "to discuss USER"]);
  }
  const tags = there((await ask(admin, PhotoNow, { id: photo.id })).photo).tags.nodes;
  const ids = tags.filter(({ tag }) => tag === "hail").map(({ id }) => id);
  const { removeTags } = await tell(admin, RemoveTags, { input: { ids } });
  expect(removeTags).toEqual({ removedIds: ids, errors: [] });
  expect((await ask(admin, PhotoNow, { id: photo.id })).photo?.tags.nodes.map(({ tag }) => tag)).toEqual(["to discuss"]);
});

describe("detections", () => {
  async function newDetection() {
    const photo = await newPhoto();
    const { recordDetections } = await tell(admin, RecordDetections, {
      input: {
        detections: [
          {
            photoId: photo.id,
            detectionType: "DAMAGE",
            confidence: 0.75,
            modelVersion: "typescript-1",
            results: { label: "hail", boxes: [[1, 2, 3, 4]] },
            tags: [{ tag: "hail", confidence: 0.5 }],
          },
        ],
      },
    });
    expect(recordDetections.errors).toEqual([]);
    return { photo, detection: there(recordDetections.detections?.[0], "the recorded detection") };
  }

  test("are recorded with their labels, and judged by a person", async () => {
    const { detection } = await newDetection();
    expect(detection.userConfirmed).toBe(false);
    expect(detection.tags.nodes).toMatchObject([{ tag: "hail", source: "AI", confidence: 0.5 }]);

    const feedback = { comment: "seen from the ladder" };
    const { confirmDetection } = await tell(admin, ConfirmDetection, {
      input: { id: detection.id, feedback, ifUnchangedSince: detection.updatedAt },
    });
    expect(confirmDetection.errors).toEqual([]);
    expect(confirmDetection.detection).toMatchObject({
      userConfirmed: true,
      userFeedback: feedback,
      confirmedBy: { email: "admin@northwind.example" },
    });

    const { rejectDetection } = await tell(admin, RejectDetection, { input: { id: detection.id } });
    expect(rejectDetection.errors).toEqual([]);
    expect(rejectDetection.detection?.userConfirmed).toBe(false);
    expect(rejectDetection.detection?.confirmedAt).toBeTypeOf("string");
  });

  test("are held to the schema of their results, with the path of each fault", async () => {
    const photo = await newPhoto();
    const { recordDetections } = await tell(admin, RecordDetections, {
      input: { detections: [{ photoId: photo.id, detectionType: "DAMAGE", confidence: 7, results: { label: 7 } }] },
    });
    expect(recordDetections.detections).toBeNull();
    const paths = readFragment(Problem, recordDetections.errors).map(({ path }) => path.join("."));
    expect(paths).toEqual(
      expect.arrayContaining(["input.detections.0.confidence", "input.detections.0.results.label"]),
    );
  });

  test("and the steps that led to them are recorded together", async () => {
    const { photo, detection } = await newDetection();
    const { recordProcessingEvents } = await tell(admin, RecordProcessingEvents, {
      input: {
        events: [
          { photoId: photo.id, stage: "STARTED" },
          { photoId: photo.id, stage: "COMPLETED", detectionId: detection.id, durationMs: 12 },
        ],
      },
    });
    expect(recordProcessingEvents.errors).toEqual([]);
    expect(recordProcessingEvents.events).toMatchObject([{ stage: "STARTED" }, { stage: "COMPLETED", durationMs: 12 }]);
  });
});

/** What a page might say. The compiler refuses it as soon as a code is missing here, or one is here that is gone. */
const ADVICE = {
  ALREADY_EXISTS: "Choose another name.",
  CONFLICT: "Somebody was faster: look again.",
  INVALID: "Put it right.",
  IN_USE: "Other things need it.",
  NOT_FOUND: "It is not there.",
  QUOTA_EXCEEDED: "Ask for more room.",
  STATE: "It is too late for that.",
} as const satisfies Record<UserErrorCode, string>;

/** The same with a switch: what is left over would be `never`. */
function isFinal(code: UserErrorCode): boolean {
  switch (code) {
    case "ALREADY_EXISTS":
    case "INVALID":
    case "CONFLICT":
      return false;
    case "IN_USE":
    case "NOT_FOUND":
    case "QUOTA_EXCEEDED":
    case "STATE":
      return true;
    default:
      return code satisfies never;
  }
}

test("every code of a user error is known to the compiler, and to the schema", () => {
  const schema = buildSchema(readFileSync(new URL("../../../schema.graphql", import.meta.url), "utf8"));
  const type = schema.getType("UserErrorCode");
  if (!isEnumType(type)) throw new Error("UserErrorCode is no enum");
  const codes = type.getValues().map(({ name }) => name);
  expect(Object.keys(ADVICE).toSorted()).toEqual(codes.toSorted());
  expect(isFinal("CONFLICT")).toBe(false);
});
