// @vitest-environment happy-dom
// Relay's compiler, store and pagination against the gateway: what a page of a real application does.
import { cleanup, fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import { Suspense } from "react";
import { RelayEnvironmentProvider } from "react-relay";
import { afterEach, expect, test } from "vitest";
import { relay } from "../support/relay";
import { everyPhoto } from "../support/truth";
import { PhotoList } from "./PhotoList";
import type { PhotoListQuery$variables } from "./__generated__/PhotoListQuery.graphql";

afterEach(cleanup);

test("a list grows page by page at its end, and no edge is lost or doubled", async () => {
  const all = (await everyPhoto()).map(({ id }) => id);
  const sent = await show({ first: 6 });
  expect(shown()).toEqual(all.slice(0, 6));
  await pressWhileThere("later", () => shown().length);
  expect(shown()).toEqual(all);
  expect(sent.filter((name) => name === "PhotoListPaginationQuery")).toHaveLength(Math.ceil(all.length / 6) - 1);
});

test("a list grows page by page at its beginning, and no edge is lost or doubled", async () => {
  const all = (await everyPhoto()).map(({ id }) => id);
  await show({ last: 7 });
  expect(shown()).toEqual(all.slice(-7));
  await pressWhileThere("earlier", () => shown().length);
  expect(shown()).toEqual(all);
});

test("a list under a row grows by itself, through node(id)", async () => {
  const photos = await everyPhoto();
  const photo = photos.find(({ detections }) => detections.length >= 3);
  if (!photo) throw new Error("no photo has three detections");
  const sent = await show({ first: 2, filter: { id: { eq: photo.id } } });
  const detections = () => within(screen.getByLabelText(/^detections of /)).getAllByRole("listitem").map(({ id }) => id);
  expect(detections()).toEqual(photo.detections.slice(0, 1));
  await pressWhileThere(/^more of /, () => detections().length);
  expect(detections()).toEqual(photo.detections);
  expect(sent.filter((name) => name === "PhotoDetectionsPaginationQuery")).toHaveLength(photo.detections.length - 1);
});

test("what a mutation makes and takes away comes into the list, and goes, without the list being read again", async () => {
  const sent = await show({ first: 3 });
  const before = shown();
  fireEvent.click(screen.getByRole("button", { name: "import" }));
  await waitFor(() => {
    expect(shown()).toHaveLength(4);
  });
  expect(shown().slice(1)).toEqual(before);
  expect((await everyPhoto())[0]?.id).toBe(shown()[0]);

  fireEvent.click(screen.getByRole("button", { name: "delete relay/new.jpg" }));
  await waitFor(() => {
    expect(shown()).toEqual(before);
  });
  expect(sent).toEqual(["PhotoListQuery", "PhotoListImportMutation", "PhotoListDeleteMutation"]);
});

/** Shows the list as it starts; the names of the operations that are sent meanwhile. */
async function show(start: PhotoListQuery$variables): Promise<string[]> {
  const { environment, sent } = relay("northwindAdmin");
  render(
    <RelayEnvironmentProvider environment={environment}>
      <Suspense fallback="…">
        <PhotoList {...start} />
      </Suspense>
    </RelayEnvironmentProvider>,
  );
  await screen.findByLabelText("photos", {}, { timeout: 10_000 });
  return sent;
}

function shown(): string[] {
  return [...screen.getByLabelText("photos").children].map(({ id }) => id);
}

/** Presses the button until it is gone; each time it has to make more of what is counted. */
async function pressWhileThere(name: string | RegExp, count: () => number): Promise<void> {
  for (let button = screen.queryByRole("button", { name }); button; button = screen.queryByRole("button", { name })) {
    const before = count();
    fireEvent.click(button);
    await waitFor(
      () => {
        expect(count()).toBeGreaterThan(before);
      },
      { timeout: 10_000 },
    );
  }
}
