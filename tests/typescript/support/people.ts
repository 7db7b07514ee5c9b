// Who asks: people of the demo data.
export const PEOPLE = {
  /** May do everything. */
  northwindAdmin: { organization: "northwind", email: "admin@northwind.example" },
  /** Sees one project, changes nothing. */
  northwindViewer: { organization: "northwind", email: "viewer@northwind.example" },
  /** May do everything, elsewhere. */
  alpineAdmin: { organization: "alpine", email: "admin@alpine.example" },
} as const;

export type Person = keyof typeof PEOPLE;
