// What the tabs hold when the page is opened for the first time: one question for each part of the graph.
import audit from "../examples/audit.graphql?raw";
import detectionsToConfirm from "../examples/detections-to-confirm.graphql?raw";
import knowledge from "../examples/knowledge.graphql?raw";
import labels from "../examples/labels.graphql?raw";
import photos from "../examples/photos.graphql?raw";
import processingTimeline from "../examples/processing-timeline.graphql?raw";
import roles from "../examples/roles.graphql?raw";
import statistics from "../examples/statistics.graphql?raw";
import tagPhoto from "../examples/tag-photo.graphql?raw";
import tagPhotoVariables from "../examples/tag-photo.variables.json?raw";
import uploads from "../examples/uploads.graphql?raw";
import viewer from "../examples/viewer.graphql?raw";
import conversations from "../examples/conversations.graphql?raw";
import assessments from "../examples/assessments.graphql?raw";

interface Tab {
  query: string;
  variables?: string;
}

export const EXAMPLES: Tab[] = [
  { query: photos },
  { query: labels },
  { query: detectionsToConfirm },
  { query: statistics },
  { query: tagPhoto, variables: tagPhotoVariables },
  { query: processingTimeline },
  { query: viewer },
  { query: roles },
  { query: audit },
  { query: conversations },
  { query: uploads },
  { query: assessments },
  { query: knowledge },
];

/** Forgets what was written into the tabs, so that the examples are there again. */
export function restoreExamples(): void {
  for (const key of ["tabState", "query", "variables", "headers"]) localStorage.removeItem(`graphiql:${key}`);
  location.reload();
}
