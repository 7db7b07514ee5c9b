//! The months of a bill agree with what a person counts with a calendar of the place.

use serde_json::{Value, json};
use support::{execute, rows, value};

use super::house::House;

const USAGE: &str = "query($from: DateTime!, $to: DateTime!, $zone: String!) { usage(from: $from, to: $to, timeZone: $zone) {
    month startsAt endsAt assessments completedAssessments failedAssessments aiCostCents storedBytesAdded storedBytes
} }";

async fn usage(house: &House, from: &str, to: &str, zone: &str) -> Vec<Value> {
    let asked = json!({ "from": from, "to": to, "zone": zone });
    let shown = house.ask(&house.manager, USAGE, asked).await;
    shown["usage"].as_array().unwrap().clone()
}

/// Months with assessments, and how many.
fn months(usage: &[Value]) -> Vec<(String, i64)> {
    usage
        .iter()
        .map(|month| {
            (
                month["month"].as_str().unwrap().to_owned(),
                month["assessments"].as_i64().unwrap(),
            )
        })
        .filter(|(_, number)| *number > 0)
        .collect()
}

/// An organization with a workflow and without assessments.
async fn house() -> House {
    let house = House::build().await;
    house.workflow().await;
    house
}

async fn assess(house: &House, at: &str) {
    let sql = format!(
        "INSERT INTO assessments (organization_id, workflow_id, status, ai_cost_cents, created_at)
         SELECT organization_id, id, 'completed', 7, '{at}' FROM workflows"
    );
    execute(&house.superuser, &sql, []).await.unwrap();
}

#[tokio::test]
async fn an_assessment_counts_for_the_month_that_the_clock_on_the_wall_shows() {
    let house = house().await;
    // By hand: the moment, the place, the month there.
    let cases = [
        ("2027-12-31T23:59:59.999999Z", "UTC", "2027-12"),
        ("2028-01-01T00:00:00Z", "UTC", "2028-01"),
        // The leap day of 2028; 2027 has none.
        ("2028-02-29T23:30:00Z", "UTC", "2028-02"),
        ("2028-02-29T23:30:00Z", "Europe/Berlin", "2028-03"),
        ("2028-02-29T22:59:59Z", "Europe/Berlin", "2028-02"),
        ("2028-03-01T04:59:59Z", "America/New_York", "2028-02"),
        ("2027-02-28T23:30:00Z", "Europe/Berlin", "2027-03"),
        // Summer time begins on 28 March 2027 and ends on 31 October: April begins two hours before UTC, November one.
        ("2027-03-31T22:30:00Z", "Europe/Berlin", "2027-04"),
        ("2027-03-31T21:59:59Z", "Europe/Berlin", "2027-03"),
        ("2027-10-31T22:30:00Z", "Europe/Berlin", "2027-10"),
        ("2027-10-31T23:00:00Z", "Europe/Berlin", "2027-11"),
        // Clocks are put back from one to midnight on 1 November 2026: its first hour comes twice, and both are in November.
        ("2026-11-01T03:59:59Z", "America/Havana", "2026-10"),
        ("2026-11-01T04:30:00Z", "America/Havana", "2026-11"),
        ("2026-11-01T05:30:00Z", "America/Havana", "2026-11"),
        // Far from Greenwich, and by quarters of an hour.
        ("2027-01-31T10:30:00Z", "Pacific/Kiritimati", "2027-02"),
        ("2027-02-01T10:59:59Z", "Pacific/Pago_Pago", "2027-01"),
        ("2027-04-30T18:15:00Z", "Asia/Kathmandu", "2027-05"),
        ("2027-04-30T18:14:59Z", "Asia/Kathmandu", "2027-04"),
    ];
    for (moment, zone, month) in cases {
        assess(&house, moment).await;
        let year = usage(&house, "2026-09-15T00:00:00Z", "2028-06-15T00:00:00Z", zone).await;
        assert_eq!(year.len(), 22, "September 2026 to June 2028");
        assert_eq!(months(&year), [(month.to_owned(), 1)], "{moment} in {zone}");
        // A span of a moment has that month alone, as a whole.
        let until = &(chrono::DateTime::parse_from_rfc3339(moment).unwrap()
            + chrono::TimeDelta::microseconds(1))
        .to_rfc3339();
        let alone = usage(&house, moment, until, zone).await;
        assert_eq!(
            (alone.len(), months(&alone)),
            (1, vec![(month.to_owned(), 1)]),
            "{moment} in {zone}"
        );
        execute(&house.superuser, "DELETE FROM assessments", [])
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn months_follow_each_other_without_a_gap() {
    let house = house().await;
    // A moment of every seventh hour of three years, and the month of each by the clock on the wall.
    execute(
        &house.superuser,
        "INSERT INTO assessments (organization_id, workflow_id, status, ai_cost_cents, created_at)
         SELECT organization_id, id, (ARRAY['completed', 'failed', 'processing'])[1 + n % 3], n % 11, timestamptz '2026-01-01 00:30Z' + n * interval '7 hours'
         FROM workflows, generate_series(0, 3755) AS n",
        [],
    )
    .await
    .unwrap();
    for zone in [
        "UTC",
        "Europe/Berlin",
        "America/Havana",
        "Australia/Lord_Howe",
        "America/St_Johns",
        "Asia/Beirut",
    ] {
        let found = usage(&house, "2025-12-31T00:00:00Z", "2029-01-02T00:00:00Z", zone).await;
        for pair in found.windows(2) {
            assert_eq!(pair[0]["endsAt"], pair[1]["startsAt"], "{zone}");
        }
        let sql = format!(
            "SELECT to_char(created_at AT TIME ZONE '{zone}', 'YYYY-MM') AS month, count(*) AS number, sum(ai_cost_cents)::bigint AS cents,
             count(*) FILTER (WHERE status = 'completed') AS completed, count(*) FILTER (WHERE status = 'failed') AS failed
             FROM assessments GROUP BY 1 ORDER BY 1"
        );
        let mut counted = Vec::new();
        for row in rows(&house.superuser, &sql).await {
            let number = |column: &str| row.try_get::<i64>("", column).unwrap();
            let month: String = row.try_get("", "month").unwrap();
            counted.push(json!([
                month,
                number("number"),
                number("completed"),
                number("failed"),
                number("cents")
            ]));
        }
        let told: Vec<Value> = found
            .iter()
            .filter(|month| month["assessments"] != 0)
            .map(|month| {
                json!([
                    month["month"],
                    month["assessments"],
                    month["completedAssessments"],
                    month["failedAssessments"],
                    month["aiCostCents"]
                ])
            })
            .collect();
        assert_eq!(told, counted, "{zone}");
    }
}

#[tokio::test]
async fn bytes_that_were_added_in_a_month_and_are_held_at_its_end() {
    let house = house().await;
    let project = house.project("Pump").await;
    // A bit for each object, so that a sum says which are in it.
    let of = format!("SELECT organization_id, id FROM projects WHERE id = '{project}'");
    let photo = |n: i64, size: i64, status: &str, at: &str| {
        format!(
            "INSERT INTO photos (organization_id, project_id, user_id, s3_url, s3_key, status, file_size_bytes, uploaded_at, created_at, deleted_at)
             SELECT pump.organization_id, pump.id, users.id, 's3://x', 'photo/{n}', '{status}', {size}, '{at}', '2027-01-01Z', CASE WHEN {n} = 2 THEN now() END
             FROM ({of}) pump JOIN users ON username = 'pia'"
        )
    };
    let document = |size: i64, at: &str| {
        format!(
            "INSERT INTO documents (organization_id, title, file_name, storage_key, file_type, file_size_bytes, uploaded_at)
             SELECT organization_id, 'a', 'a', 'a', 'pdf', {size}, '{at}' FROM ({of}) pump"
        )
    };
    let file = |size: i64, status: &str, at: &str| {
        format!(
            "INSERT INTO file_uploads (organization_id, project_id, session_id, file_path, s3_key, file_size_bytes, status, uploaded_at, created_at)
             SELECT organization_id, project_id, id, 'file/{size}', 'file/{size}', {size}, '{status}', {at}, '2027-02-28 23:30Z' FROM sync_sessions"
        )
    };
    let handed_in = |size: i64, at: &str| {
        format!(
            "INSERT INTO assessment_documents (organization_id, audience_id, assessment_id, bucket_id, file_name, storage_key, file_size_bytes, created_at)
             SELECT run.organization_id, run.audience_id, run.id, bucket.id, 'a', 'a', {size}, '{at}' FROM assessments run, buckets bucket WHERE bucket.position = 0"
        )
    };
    assess(&house, "2027-01-15Z").await;
    let session = format!(
        "INSERT INTO sync_sessions (organization_id, project_id, s3_prefix) SELECT organization_id, id, 'a' FROM ({of}) pump"
    );
    for sql in [
        session,
        photo(1, 1, "stored", "2027-01-31 22:59:59Z"),
        // In the bin, and stored still.
        photo(2, 2, "stored", "2027-01-31 23:00Z"),
        photo(3, 4, "pending", "2027-02-03Z"),
        document(8, "2027-02-10Z"),
        document(16, "2026-06-01Z"),
        handed_in(32, "2027-02-28 22:59Z"),
        handed_in(64, "2027-02-28 23:00Z"),
        file(128, "completed", "'2027-03-05Z'"),
        file(256, "failed", "'2027-03-05Z'"),
        // Nobody said when: when it was registered.
        file(512, "completed", "NULL"),
        document(1024, "2027-04-01Z"),
    ] {
        execute(&house.superuser, &sql, [])
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
    let found = usage(
        &house,
        "2027-01-10T00:00:00Z",
        "2027-03-31T22:00:00Z",
        "Europe/Berlin",
    )
    .await;
    let told: Vec<Value> = found
        .iter()
        .map(|month| {
            json!([
                month["month"],
                month["storedBytesAdded"],
                month["storedBytes"]
            ])
        })
        .collect();
    assert_eq!(
        told,
        [
            json!(["2027-01", 1, 16 + 1]),
            json!(["2027-02", 2 + 8 + 32, 16 + 1 + 42]),
            json!(["2027-03", 64 + 128 + 512, 16 + 1 + 42 + 704]),
        ]
    );
    // All of it is what the quota counts.
    let found = usage(
        &house,
        "2027-12-01T00:00:00Z",
        "2027-12-02T00:00:00Z",
        "UTC",
    )
    .await;
    let quota = house
        .ask(
            &house.admin,
            "{ organization { quotas { storage { used } } } }",
            json!({}),
        )
        .await;
    assert_eq!(
        found[0]["storedBytes"],
        quota["organization"]["quotas"]["storage"]["used"]
    );
    assert_eq!(found[0]["storedBytes"], json!(16 + 1 + 42 + 704 + 1024));
}

#[tokio::test]
async fn the_whole_organization_is_counted_and_no_other() {
    let house = House::build().await;
    let workflow = house.workflow().await;
    let project = house.project("Secret pump").await;
    house
        .assessment(&house.admin, &workflow, Some(&project))
        .await;
    house.assessment(&house.handler, &workflow, None).await;
    // Another organization with the same.
    execute(
        &house.superuser,
        "INSERT INTO organizations (name, slug) VALUES ('Other', 'other')",
        [],
    )
    .await
    .unwrap();
    execute(
        &house.superuser,
        "WITH made AS (INSERT INTO workflows (organization_id, name) SELECT id, 'Theirs' FROM organizations WHERE slug = 'other' RETURNING organization_id, id)
         INSERT INTO assessments (organization_id, workflow_id, status, ai_cost_cents) SELECT organization_id, id, 'completed', 1000 FROM made",
        [],
    )
    .await
    .unwrap();
    let now = chrono::Utc::now();
    let asked =
        json!({ "from": now - chrono::TimeDelta::microseconds(1), "to": now, "zone": "UTC" });
    // The manager, who is a member of nothing, and the admin are told the same.
    for token in [&house.manager, &house.admin] {
        let shown = house.ask(token, USAGE, asked.clone()).await;
        let month = &shown["usage"][0];
        assert_eq!(
            (
                &month["assessments"],
                &month["aiCostCents"],
                &month["storedBytes"]
            ),
            (&json!(2), &json!(0), &json!(6000))
        );
    }
    // Who may not is told nothing.
    let answer = house.gateway.query(&house.handler, USAGE, asked).await;
    assert_eq!(
        (answer.code(), answer.message()),
        ("FORBIDDEN", "this needs usage:read")
    );
    // Without a tenant the function knows nothing, whoever calls it.
    let counted: i64 = value(
        &house.database.owner().await,
        "SELECT count(*) FROM organization_usage(now() - interval '1 day', now(), 'UTC')",
    )
    .await;
    assert_eq!(counted, 0);
}

#[tokio::test]
async fn a_span_that_is_none_is_refused() {
    let house = house().await;
    let (from, to) = ("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z");
    for (from, to, zone, message) in [
        (to, from, "UTC", "to is not later than from"),
        (from, from, "UTC", "to is not later than from"),
        (
            from,
            "2037-01-01T00:00:00Z",
            "UTC",
            "from and to are at most ten years apart",
        ),
        (
            from,
            to,
            "Berlin",
            "timeZone is not a name of the time zone database, as Europe/Berlin",
        ),
        (
            from,
            to,
            "",
            "timeZone is not a name of the time zone database, as Europe/Berlin",
        ),
    ] {
        let answer = house
            .gateway
            .query(
                &house.manager,
                USAGE,
                json!({ "from": from, "to": to, "zone": zone }),
            )
            .await;
        assert_eq!(
            (answer.code(), answer.message()),
            ("BAD_REQUEST", message),
            "{from} {to} {zone}"
        );
    }
    assert_eq!(usage(&house, from, to, "UTC").await.len(), 1);
    // Up to the ends of the calendar.
    for (from, to) in [
        ("0001-01-01T00:00:00Z", "0001-02-01T00:00:00Z"),
        ("9999-12-01T00:00:00Z", "9999-12-31T23:59:59Z"),
    ] {
        assert!(!usage(&house, from, to, "Asia/Tokyo").await.is_empty());
    }
}
