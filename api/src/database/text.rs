//! From the query builder to the text of a statement. What the planner should know (how many rows are wanted) stands in the text;
//! what differs from caller to caller is a parameter, and what stands everywhere (whose rows) is one parameter.

use std::fmt::{self, Write};

use sea_orm::sea_query::{
    PostgresQueryBuilder, QueryBuilder, QueryStatementWriter, SqlWriter, Value,
};

/// Among so many parameters, the first ones, whose rows they are is found.
const FIRST: usize = 8;

/// The text and the values of its parameters.
pub fn text<S: QueryStatementWriter>(statement: &S) -> (String, Vec<Value>) {
    let mut writer = Writer {
        text: String::with_capacity(512),
        values: Vec::new(),
    };
    statement.build_collect_into(PostgresQueryBuilder, &mut writer);
    (writer.text, writer.values)
}

struct Writer {
    text: String,
    values: Vec<Value>,
}

impl SqlWriter for Writer {
    fn push_param<T: QueryBuilder>(&mut self, value: Value, builder: &T) {
        // Nobody but us writes such a number, and only as a LIMIT; a truth has two texts and no more.
        if matches!(value, Value::BigUnsigned(Some(_)) | Value::Bool(Some(_))) {
            // Writing into a String does not fail.
            let _ = builder.write_value(&mut self.text, &value);
            return;
        }
        // Looking further would take ever longer, the more values a client sends.
        let known = self
            .values
            .iter()
            .take(FIRST)
            .position(|other| *other == value);
        let index = known.unwrap_or_else(|| {
            self.values.push(value);
            self.values.len() - 1
        });
        let _ = write!(self.text, "${}", index + 1);
    }

    fn as_writer(&mut self) -> &mut dyn Write {
        self
    }
}

impl Write for Writer {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.text.write_str(text)
    }
}

impl fmt::Display for Writer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}
