// What models saw in one photo: a list under a row, which asks for more of itself by `node(id)`.
import { graphql, usePaginationFragment } from "react-relay";
import type { PhotoDetectionsPaginationQuery } from "./__generated__/PhotoDetectionsPaginationQuery.graphql";
import type { PhotoDetections_photo$key } from "./__generated__/PhotoDetections_photo.graphql";

export function PhotoDetections({ photo }: { photo: PhotoDetections_photo$key }) {
  const { data, hasNext, loadNext } = usePaginationFragment<PhotoDetectionsPaginationQuery, PhotoDetections_photo$key>(
    graphql`
      fragment PhotoDetections_photo on Photo
      @refetchable(queryName: "PhotoDetectionsPaginationQuery")
      @argumentDefinitions(count: { type: "Int", defaultValue: 1 }, cursor: { type: "String" }) {
        s3Key
        detections(first: $count, after: $cursor) @connection(key: "PhotoDetections_detections") {
          totalCount
          edges {
            node {
              id
              detectionType
              confidence
            }
          }
        }
      }
    `,
    photo,
  );
  const { edges, totalCount } = data.detections;
  return (
    <>
      <ol aria-label={`detections of ${data.s3Key}`} data-total={totalCount}>
        {edges.map(({ node }) => (
          <li key={node.id} id={node.id}>
            {node.detectionType} {node.confidence}
          </li>
        ))}
      </ol>
      {hasNext && (
        <button type="button" onClick={() => loadNext(1)}>
          more of {data.s3Key}
        </button>
      )}
    </>
  );
}
