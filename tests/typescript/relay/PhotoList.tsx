// Photos in a list that grows at both ends, and changes with what is done to them.
import { graphql, useLazyLoadQuery, useMutation, usePaginationFragment } from "react-relay";
import { PhotoDetections } from "./PhotoDetections";
import type { PhotoListDeleteMutation } from "./__generated__/PhotoListDeleteMutation.graphql";
import type { PhotoListImportMutation } from "./__generated__/PhotoListImportMutation.graphql";
import type { PhotoListPaginationQuery } from "./__generated__/PhotoListPaginationQuery.graphql";
import type { PhotoListQuery, PhotoListQuery$variables } from "./__generated__/PhotoListQuery.graphql";
import type { PhotoList_query$key } from "./__generated__/PhotoList_query.graphql";

/** The list, from the place that the variables say. */
export function PhotoList(start: PhotoListQuery$variables) {
  const query = useLazyLoadQuery<PhotoListQuery>(
    graphql`
      query PhotoListQuery($first: Int, $last: Int, $filter: PhotoFilter) {
        ...PhotoList_query @arguments(first: $first, last: $last, filter: $filter)
        projects(first: 1) {
          nodes {
            id
          }
        }
      }
    `,
    start,
  );
  return <Photos query={query} project={query.projects.nodes[0]?.id} pageSize={start.first ?? start.last ?? 5} />;
}

function Photos({ query, project, pageSize }: { query: PhotoList_query$key; project: string | undefined; pageSize: number }) {
  const { data, hasNext, hasPrevious, loadNext, loadPrevious } = usePaginationFragment<
    PhotoListPaginationQuery,
    PhotoList_query$key
  >(
    graphql`
      fragment PhotoList_query on Query
      @refetchable(queryName: "PhotoListPaginationQuery")
      @argumentDefinitions(
        first: { type: "Int" }
        after: { type: "String" }
        last: { type: "Int" }
        before: { type: "String" }
        filter: { type: "PhotoFilter" }
      ) {
        photos(first: $first, after: $after, last: $last, before: $before, filter: $filter)
          @connection(key: "PhotoList_photos", filters: ["filter"]) {
          __id
          totalCount
          edges {
            node {
              id
              s3Key
              ...PhotoDetections_photo
            }
          }
        }
      }
    `,
    query,
  );
  const [importPhotos] = useMutation<PhotoListImportMutation>(graphql`
    mutation PhotoListImportMutation($input: ImportPhotosInput!, $connections: [ID!]!) {
      importPhotos(input: $input) {
        photos @prependNode(connections: $connections, edgeTypeName: "PhotoEdge") {
          id
          s3Key
          ...PhotoDetections_photo
        }
        errors {
          code
          message
        }
      }
    }
  `);
  const [deletePhoto] = useMutation<PhotoListDeleteMutation>(graphql`
    mutation PhotoListDeleteMutation($input: DeletePhotoInput!, $connections: [ID!]!) {
      deletePhoto(input: $input) {
        photo {
          id @deleteEdge(connections: $connections)
        }
        errors {
          code
          message
        }
      }
    }
  `);

  const { __id, edges, totalCount } = data.photos;
  const connections = [__id];
  const importOne = (s3Key: string) => {
    if (project === undefined) return;
    const photo = { projectId: project, s3Key, s3Url: `s3://somewhere/${s3Key}` };
    importPhotos({ variables: { input: { photos: [photo] }, connections } });
  };
  return (
    <main>
      {hasPrevious && (
        <button type="button" onClick={() => loadPrevious(pageSize)}>
          earlier
        </button>
      )}
      <ul aria-label="photos" data-total={totalCount}>
        {edges.map(({ node }) => (
          <li key={node.id} id={node.id}>
            <span>{node.s3Key}</span>
            <PhotoDetections photo={node} />
            <button type="button" onClick={() => deletePhoto({ variables: { input: { id: node.id }, connections } })}>
              delete {node.s3Key}
            </button>
          </li>
        ))}
      </ul>
      {hasNext && (
        <button type="button" onClick={() => loadNext(pageSize)}>
          later
        </button>
      )}
      <button
        type="button"
        onClick={() => {
          importOne("relay/new.jpg");
        }}
      >
        import
      </button>
    </main>
  );
}

