//! What an organization says of itself, and what of it is the operator's.

use serde_json::{Value, json};
use support::value;

use super::{Bench, done, mutate, refused, trail};

const SHOWS: &str =
    "organization { name description contactEmail phone website maxUsers updatedAt }";

#[tokio::test]
async fn an_admin_changes_what_the_organization_says_of_itself() {
    let bench = Bench::northwind().await;
    let (payload, request) = done(
        &bench,
        "updateOrganization",
        SHOWS,
        json!({ "name": "Northwind Ltd", "phone": null, "website": "https://roofs.example/a?b=c", "contactEmail": "hello@roofs.example" }),
    )
    .await;
    let organization = &payload["organization"];
    assert_eq!(
        (
            &organization["name"],
            &organization["phone"],
            &organization["website"]
        ),
        (
            &json!("Northwind Ltd"),
            &Value::Null,
            &json!("https://roofs.example/a?b=c")
        )
    );
    assert_ne!(organization["description"], Value::Null);
    let told = trail(&bench, &request).await;
    assert_eq!(told[0].0, "organization.update");
    assert_eq!(
        told[0].2,
        json!({
            "before": { "name": "Northwind Roofing", "phone": "+1 216 555 0142", "website": "https://northwind.example", "contact_email": "office@northwind.example" },
            "after": { "name": "Northwind Ltd", "phone": null, "website": "https://roofs.example/a?b=c", "contact_email": "hello@roofs.example" }
        })
    );
    // The other organization is as it was.
    let others: String = value(
        &bench.superuser,
        "SELECT name FROM organizations WHERE slug = 'alpine'",
    )
    .await;
    assert_eq!(others, "Alpine Conformity");

    let since = &organization["updatedAt"];
    done(
        &bench,
        "updateOrganization",
        SHOWS,
        json!({ "description": "Roofs.", "ifUnchangedSince": since }),
    )
    .await;
    let late = json!({ "description": "Walls.", "ifUnchangedSince": since });
    assert_eq!(
        refused(&bench, &bench.token, "updateOrganization", SHOWS, late).await,
        [("CONFLICT".to_owned(), "input.ifUnchangedSince".to_owned())]
    );
}

#[tokio::test]
async fn what_is_wrong_with_an_organization_is_told_at_once() {
    let bench = Bench::northwind().await;
    let wrong = json!({
        "name": "", "description": "x".repeat(2001), "contactEmail": "nowhere", "phone": "1".repeat(51),
        "website": "javascript:alert(1)"
    });
    let fields = ["contactEmail", "description", "name", "phone", "website"];
    assert_eq!(
        refused(&bench, &bench.token, "updateOrganization", SHOWS, wrong).await,
        fields.map(|field| ("INVALID".to_owned(), format!("input.{field}")))
    );
    let taken = json!({ "name": "Alpine Conformity" });
    assert_eq!(
        refused(&bench, &bench.token, "updateOrganization", SHOWS, taken).await,
        [("ALREADY_EXISTS".to_owned(), "input.name".to_owned())]
    );
    // What it pays for is no field of the input at all.
    let answer = bench
        .ask("mutation { updateOrganization(input: { maxUsers: 1000 }) { errors { code } } }")
        .await;
    assert_eq!(answer.code(), "VALIDATION_FAILED");
}

#[tokio::test]
async fn quotas_tell_what_is_used_and_what_may_be() {
    let bench = Bench::northwind().await;
    let ask = "{ viewer { quotas { users { used limit } projects { used limit } storage { used limit } } }
        organization { quotas { users { used limit } } } }";
    let counted: Value = value(
        &bench.superuser,
        "WITH us AS (SELECT id FROM organizations WHERE slug = 'northwind')
         SELECT jsonb_build_object(
           'users', jsonb_build_object('limit', 50, 'used', (SELECT count(*) FROM users JOIN us ON us.id = organization_id WHERE is_active AND deleted_at IS NULL)),
           'projects', jsonb_build_object('limit', 20, 'used', (SELECT count(*) FROM projects JOIN us ON us.id = organization_id WHERE deleted_at IS NULL)),
           'storage', jsonb_build_object('limit', 250000000000, 'used',
             (SELECT sum(file_size_bytes) FROM photos JOIN us ON us.id = organization_id WHERE status = 'stored')
             + (SELECT sum(file_size_bytes) FROM documents JOIN us ON us.id = organization_id)
             + (SELECT coalesce(sum(file_size_bytes), 0) FROM assessment_documents JOIN us ON us.id = organization_id)
             + (SELECT sum(file_size_bytes) FROM file_uploads JOIN us ON us.id = organization_id WHERE status = 'completed')))",
    )
    .await;
    // A member, who does not see all projects, is told the same.
    let viewer = bench
        .gateway
        .token("northwind", "viewer@northwind.example")
        .await;
    for token in [&bench.token, &viewer] {
        let statements = support::Statements::watch();
        let answer = bench.gateway.query(token, ask, json!({})).await;
        let data = answer.data();
        assert_eq!(data["viewer"]["quotas"], counted);
        assert_eq!(data["organization"]["quotas"]["users"], counted["users"]);
        let asked = statements.take();
        let quotas = asked
            .iter()
            .filter(|sql| sql.contains("organization_quotas"));
        assert_eq!(quotas.count(), 1, "{asked:#?}");
    }
    // Who may see nothing of the organization is told nothing.
    let nobody = bench.gateway.token_of(
        value(
            &bench.superuser,
            "SELECT id FROM organizations WHERE slug = 'northwind'",
        )
        .await,
        uuid::Uuid::now_v7(),
        vec!["nobody".to_owned()],
    );
    let answer = bench
        .gateway
        .query(
            &nobody,
            "{ viewer { quotas { users { used } } } }",
            json!({}),
        )
        .await;
    assert!(
        !answer.body["errors"].is_null() && !answer.text.contains("\"used\":1"),
        "{}",
        answer.text
    );
    let (payload, _) = mutate(
        &bench,
        &bench.token,
        "createUser",
        "user { organization { quotas { users { used } } } }",
        &json!({ "email": "one.more@northwind.example", "username": "one.more" }),
    )
    .await;
    let used = &payload["user"]["organization"]["quotas"]["users"]["used"];
    assert_eq!(
        used.as_i64(),
        counted["users"]["used"].as_i64().map(|used| used + 1)
    );
}
