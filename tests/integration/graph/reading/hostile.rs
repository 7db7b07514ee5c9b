//! Rows with whatever columns can hold, where the gateway would never write it: every type of column at its edges.

use sea_orm::{ConnectionTrait, DatabaseConnection, TransactionTrait};
use support::rows;
use uuid::Uuid;

/// Texts that must come through JSON as they are.
pub const TEXTS: [&str; 10] = [
    "\"quoted\" 'and' \\back\\slashed\\ /",
    "\u{1}\u{8}\t\n\u{b}\u{c}\r\u{1f}\u{7f}\u{80}\u{9f}",
    "hail \u{1F4A5}\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}",
    "\u{2028}\u{2029}\u{FEFF}\u{FFFD}\u{FFFF}\u{10FFFF}",
    "</script><!-- & {\"data\":null} -->",
    " ",
    "\\u0041\\ud83d",
    "e\u{301} \u{e9} \u{202E}right to left",
    "%_%",
    "null",
];

const JSON: [&str; 16] = [
    "{}",
    "[]",
    "null",
    "true",
    "\"a text \\u2028 \\\" \\\\ \\u0001\"",
    "1.0",
    "-0.0",
    "1e300",
    "9007199254740993",
    "18446744073709551616",
    "0.1000000000000000055511151231257827",
    "{\"a\": 1, \"A\": 2, \"a \": 3, \"\": 4, \"\\u0061b\": 5, \"__typename\": \"?\", \"\\ud83d\\ude00\": null}",
    "{\"b\": {\"z\": [], \"y\": {}}, \"aa\": [1, 1.0, 1.5e3, -1, [null, false]], \"a\": \"\"}",
    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
    "{\"GPS\": {\"Latitude\": 47.123456789012345, \"Longitude\": -1e-7}}",
    "[1e-300, -9223372036854775808, 9223372036854775807, 1E+2]",
];

/// The values for a type of column, as SQL.
fn values(kind: &str) -> Option<Vec<String>> {
    let quoted = |text: &str| format!("E'{}'", text.replace('\\', "\\\\").replace('\'', "''"));
    Some(match kind {
        "text" => TEXTS.iter().map(|text| quoted(text)).collect(),
        "jsonb" => JSON
            .iter()
            .map(|json| format!("{}::jsonb", quoted(json)))
            .collect(),
        "integer" => ["0", "1", "-1", "2147483647", "-2147483648"]
            .map(str::to_owned)
            .to_vec(),
        "bigint" => [
            "0",
            "-1",
            "9007199254740991",
            "9007199254740993",
            "9223372036854775807",
            "-9223372036854775808",
        ]
        .map(|number| format!("'{number}'::int8"))
        .to_vec(),
        "double precision" => [
            "0",
            "-0.0",
            "1",
            "0.1",
            "1e-7",
            "1e21",
            "123456789012345680",
            "1e300",
            "5e-324",
            "NaN",
            "-Infinity",
            "0.30000000000000004",
        ]
        .map(|number| format!("'{number}'::float8"))
        .to_vec(),
        "timestamp with time zone" => [
            "2026-01-01T00:00:00Z",
            "2026-01-01T00:00:00.1Z",
            "2026-01-01T00:00:00.123Z",
            "2026-01-01T00:00:00.123456Z",
            "2026-01-01T23:59:59.000001Z",
            "1969-12-31T23:59:59.999999Z",
            "1969-12-31T23:59:59.5Z",
            "1582-10-04T00:00:00.000100Z",
            "0001-01-01T00:00:00Z",
            "0044-03-15 12:00:00.25+00 BC",
            "4713-01-01 00:00:00+00 BC",
            "9999-12-31T23:59:59.999999Z",
            "10000-01-01T00:00:00Z",
            "262000-01-01T00:00:00.001Z",
        ]
        .map(|time| format!("'{time}'::timestamptz"))
        .to_vec(),
        _ => return None,
    })
}

/// Writes such values into half of the rows, and nulls wherever they may be, but for what identifies rows and decides who sees them.
/// The callers stay as they are.
pub async fn make_hostile(superuser: &DatabaseConnection, tables: &[String], callers: &[Uuid]) {
    let callers: Vec<_> = callers.iter().map(|id| format!("'{id}'")).collect();
    let callers = callers.join(", ");
    // Neither triggers nor references, nor what the gateway's own writes are held to.
    let mut script = vec!["SET LOCAL session_replication_role = replica".to_owned()];
    let mut columns = 0;
    for table in tables {
        for check in rows(
            superuser,
            &format!("SELECT conname::text FROM pg_constraint WHERE conrelid = '{table}'::regclass AND contype = 'c' AND conname NOT LIKE '%\\_known'"),
        )
        .await
        {
            let name: String = check.try_get_by_index(0).unwrap();
            script.push(format!("ALTER TABLE {table} DROP CONSTRAINT {name}"));
        }
        for column in rows(
            superuser,
            &format!(
                "SELECT column_name::text, data_type::text, is_nullable = 'YES', EXISTS (
                   SELECT FROM pg_index WHERE indrelid = '{table}'::regclass AND indisunique
                   AND pg_get_indexdef(indexrelid) ~ ('\\m' || column_name || '\\M'))
                 FROM information_schema.columns
                 WHERE table_name = '{table}' AND is_generated = 'NEVER'
                 AND NOT EXISTS (
                   SELECT FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND attnum = ANY (conkey)
                   WHERE conrelid = '{table}'::regclass AND contype = 'c' AND conname LIKE '%\\_known' AND attname = column_name)
                 AND column_name <> 'deleted_at'"
            ),
        )
        .await
        {
            let (name, kind, nullable, unique): (String, String, bool, bool) = (
                column.try_get_by_index(0).unwrap(),
                column.try_get_by_index(1).unwrap(),
                column.try_get_by_index(2).unwrap(),
                column.try_get_by_index(3).unwrap(),
            );
            // What tokens and permissions are known by.
            if name == "name" && ["roles", "permissions"].contains(&table.as_str()) {
                continue;
            }
            let values = match (kind.as_str(), values(&kind)) {
                // Vocabularies are left alone above; who sees what is left alone here.
                ("boolean" | "uuid", _) => continue,
                // Numbers that nothing compiled reads.
                ("ARRAY" | "USER-DEFINED", _) => continue,
                (_, Some(values)) => values,
                (other, None) => panic!("no edges for {table}.{name}, a {other}: say what they are"),
            };
            let suffix = match (kind.as_str(), unique) {
                ("text", true) => " || ' ' || id",
                (_, true) => continue,
                _ => "",
            };
            columns += 1;
            let chosen = format!("abs(hashtext(id || '{name}')::int8)");
            let count = values.len();
            let values = values.join(", ");
            let null = if nullable && !unique {
                format!("{chosen} % 5 = 0")
            } else {
                "false".to_owned()
            };
            script.push(format!(
                "UPDATE {table} SET {name} = CASE WHEN {null} THEN NULL ELSE (ARRAY[{values}])[1 + {chosen} / 7 % {count}]{suffix} END
                 WHERE {chosen} % 4 < 2 AND id NOT IN ({callers})"
            ));
        }
    }
    assert!(columns > 40, "{columns} columns have edges");
    let transaction = superuser.begin().await.unwrap();
    for statement in script {
        transaction
            .execute_unprepared(&statement)
            .await
            .unwrap_or_else(|error| panic!("{statement}\n{error}"));
    }
    transaction.commit().await.unwrap();
}
