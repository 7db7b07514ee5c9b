//! Granting and revoking: what opens and closes a document, what the trail has of it, and that no two who do it at once leave it open.

use futures::future::join_all;
use serde_json::{Value, json};
use support::{column, value};
use uuid::Uuid;

use super::{document, done, faults, grant, northwind, person, role, somebody};
use crate::graph::bench::Bench;

async fn sees(bench: &Bench, token: &str, document: &str) -> bool {
    let ask = format!("{{ document(id: \"{document}\") {{ id }} }}");
    let answer = bench.gateway.query(token, &ask, json!({})).await;
    !answer.data()["document"].is_null()
}

async fn revoke(bench: &Bench, document: &str, grantee: Value) -> Value {
    let input = json!({ "documentId": document, "grantee": grantee });
    done(
        bench,
        "revokeDocumentAccess",
        "document { isRestricted }",
        input,
    )
    .await
}

#[tokio::test]
async fn a_grant_closes_a_document_and_the_last_one_revoked_opens_it() {
    let bench = northwind().await;
    let id = document(&bench, None, "Plan", "a plan").await;
    let viewer = somebody(&bench, "northwind", "viewer").await;
    assert!(sees(&bench, &viewer, &id).await);
    let handler = json!({ "userId": person(&bench, "project_handler").await });
    let managers = json!({ "roleId": role(&bench, "project_manager").await });
    // Only to delete: closed all the same, and who may delete it may read it.
    let granted = grant(&bench, &id, handler.clone(), &["DELETE", "DELETE"]).await;
    assert_eq!(granted["document"]["isRestricted"], true);
    assert!(!sees(&bench, &viewer, &id).await);
    let theirs = somebody(&bench, "northwind", "project_handler").await;
    assert!(sees(&bench, &theirs, &id).await);
    grant(&bench, &id, managers.clone(), &["READ", "WRITE"]).await;
    // Once more is nothing more.
    grant(&bench, &id, managers.clone(), &["WRITE", "READ"]).await;
    let count = format!("SELECT count(*) FROM document_permissions WHERE document_id = '{id}'");
    assert_eq!(value::<i64, _>(&bench.superuser, &count).await, 3);
    assert_eq!(
        revoke(&bench, &id, handler.clone()).await["document"]["isRestricted"],
        true
    );
    assert!(!sees(&bench, &theirs, &id).await);
    assert_eq!(
        revoke(&bench, &id, managers).await["document"]["isRestricted"],
        false
    );
    assert!(sees(&bench, &viewer, &id).await);
    // Nothing is granted to them: nothing is missed.
    assert_eq!(
        revoke(&bench, &id, handler).await["document"]["isRestricted"],
        false
    );

    let trail: Vec<Value> = column(
        &bench.superuser,
        &format!("SELECT metadata FROM audit_logs WHERE resource_id = '{id}' AND action ~ 'access$' ORDER BY created_at, id"),
    )
    .await;
    let types: Vec<&Value> = trail
        .iter()
        .map(|entry| &entry.as_object().unwrap().values().next().unwrap()["permission_types"])
        .collect();
    assert_eq!(
        types,
        [
            &json!(["delete"]),
            &json!(["read", "write"]),
            &json!(["delete"]),
            &json!(["read", "write"])
        ]
    );
}

#[tokio::test]
async fn who_is_not_there_is_told_by_the_path_and_nothing_is_closed() {
    let bench = northwind().await;
    let id = document(&bench, None, "Plan", "a plan").await;
    let theirs: String = value(
        &bench.superuser,
        "SELECT id::text FROM users WHERE username = 'alpine.engineer'",
    )
    .await;
    let own_role = "INSERT INTO roles (organization_id, name) SELECT id, 'theirs' FROM organizations WHERE slug = 'alpine' RETURNING id::text";
    let own_role: String = value(&bench.superuser, own_role).await;
    let wrong = async |grantee: Value| {
        let input = json!({ "documentId": id, "grantee": grantee, "permissionTypes": [] });
        faults(&bench, &bench.token, "grantDocumentAccess", input).await
    };
    let none = ("INVALID".to_owned(), "input.permissionTypes".to_owned());
    for stranger in [theirs, Uuid::nil().to_string()] {
        assert_eq!(
            wrong(json!({ "userId": stranger })).await,
            [
                none.clone(),
                ("NOT_FOUND".to_owned(), "input.grantee.userId".to_owned())
            ]
        );
    }
    assert_eq!(
        wrong(json!({ "roleId": own_role })).await,
        [
            none,
            ("NOT_FOUND".to_owned(), "input.grantee.roleId".to_owned())
        ]
    );
    let closed = format!("SELECT is_restricted FROM documents WHERE id = '{id}'");
    assert!(!value::<bool, _>(&bench.superuser, &closed).await);
}

#[tokio::test]
async fn however_many_grant_and_revoke_at_once_it_is_closed_exactly_where_something_is_granted() {
    let bench = northwind().await;
    let id = document(&bench, None, "Plan", "a plan").await;
    let people: Vec<String> = column(
        &bench.superuser,
        "SELECT users.id::text FROM users JOIN organizations ON organizations.id = organization_id WHERE slug = 'northwind'",
    )
    .await;
    for round in 0..6 {
        let work = people.iter().enumerate().map(|(n, person)| {
            let (bench, id) = (&bench, &id);
            async move {
                let grantee = json!({ "userId": person });
                if n % 2 == round % 2 {
                    grant(bench, id, grantee, &["READ", "WRITE"]).await;
                } else {
                    revoke(bench, id, grantee).await;
                }
            }
        });
        join_all(work).await;
        let granted: (bool, bool) = (
            value(
                &bench.superuser,
                &format!("SELECT is_restricted FROM documents WHERE id = '{id}'"),
            )
            .await,
            value(
                &bench.superuser,
                &format!(
                    "SELECT EXISTS (SELECT FROM document_permissions WHERE document_id = '{id}')"
                ),
            )
            .await,
        );
        assert_eq!(granted, (true, true), "round {round}");
    }
    // The last two go at the same moment.
    join_all(
        people
            .iter()
            .map(|person| revoke(&bench, &id, json!({ "userId": person }))),
    )
    .await;
    let closed: bool = value(
        &bench.superuser,
        &format!("SELECT is_restricted FROM documents WHERE id = '{id}'"),
    )
    .await;
    assert!(!closed);
}

#[tokio::test]
async fn a_grantee_who_is_deleted_does_not_open_what_was_granted_to_them_alone() {
    let bench = northwind().await;
    let id = document(&bench, None, "Plan", "a plan").await;
    let sso = person(&bench, "sso").await;
    grant(&bench, &id, json!({ "userId": sso }), &["READ"]).await;
    bench
        .arrange(&format!(
            "UPDATE projects SET manager_id = NULL WHERE manager_id = '{sso}'"
        ))
        .await;
    bench
        .arrange(&format!(
            "DELETE FROM conversations WHERE user_id = '{sso}'"
        ))
        .await;
    bench
        .arrange(&format!("DELETE FROM users WHERE id = '{sso}'"))
        .await;
    let viewer = somebody(&bench, "northwind", "viewer").await;
    assert!(!sees(&bench, &viewer, &id).await);
    // Whose it is opens it by granting and revoking.
    let handler = json!({ "userId": person(&bench, "project_handler").await });
    grant(&bench, &id, handler.clone(), &["READ"]).await;
    revoke(&bench, &id, handler).await;
    assert!(sees(&bench, &viewer, &id).await);
}

#[tokio::test]
async fn whoever_closes_an_open_document_to_others_does_not_see_it_any_more() {
    let bench = northwind().await;
    let id = document(&bench, None, "Plan", "a plan").await;
    let manager = somebody(&bench, "northwind", "project_manager").await;
    let input = json!({ "documentId": id, "grantee": { "userId": person(&bench, "viewer").await }, "permissionTypes": ["READ"] });
    let granted = super::told(
        &bench,
        &manager,
        "grantDocumentAccess",
        "document { id isRestricted }",
        &input,
    )
    .await;
    assert_eq!(
        granted,
        json!({ "document": { "id": id, "isRestricted": true }, "errors": [] })
    );
    assert!(!sees(&bench, &manager, &id).await);
    // Nor do they get back in by themselves.
    let input = json!({ "documentId": id, "grantee": { "userId": person(&bench, "project_manager").await }, "permissionTypes": ["READ"] });
    assert_eq!(
        faults(&bench, &manager, "grantDocumentAccess", input).await,
        [("NOT_FOUND".to_owned(), "input.documentId".to_owned())]
    );
}
