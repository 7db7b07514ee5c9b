//! The life of one customer of each product, from an empty database to its last query, through the front door.

mod agents;
mod uploads;
mod validation;
//! The life of one customer of each product, from an empty database to the last query, through the front door. A file a domain.

mod knowledge;
