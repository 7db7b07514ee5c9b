// Every photo with all its detections, by urql and in one page: what Relay's pages are held against.
import { graphql } from "../generated";
import { ask, client } from "./urql";

const EveryPhoto = graphql(`
  query EveryPhoto {
    photos(first: 100) {
      totalCount
      nodes {
        id
        detections(first: 100) {
          nodes {
            id
          }
        }
      }
    }
  }
`);

export async function everyPhoto(): Promise<{ id: string; detections: string[] }[]> {
  const { photos } = await ask(client("northwindAdmin"), EveryPhoto, {});
  if (photos.nodes.length !== photos.totalCount) throw new Error("there are more photos than fit on a page");
  return photos.nodes.map(({ id, detections }) => ({ id, detections: detections.nodes.map((detection) => detection.id) }));
}
