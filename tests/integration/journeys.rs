//! The life of one customer of each product, from an empty database to its last query, through the front door.

mod agents;
mod knowledge;
mod uploads;
mod validation;
