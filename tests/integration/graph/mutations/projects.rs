//! Projects and who works on them: what an admin does everywhere, and a member in their own projects alone.

use serde_json::{Value, json};
use support::{column, value};

use super::{Bench, MAPLE, done, id, mutate, project, refused, trail};

const SHOWS: &str = "project { id name status managerId updatedAt manager { username } members { nodes { username } } }";

async fn user(bench: &Bench, username: &str) -> String {
    id(
        bench,
        &format!("SELECT id::text FROM users WHERE username = '{username}'"),
    )
    .await
}

fn members(payload: &Value) -> Vec<&str> {
    let nodes = payload["project"]["members"]["nodes"].as_array().unwrap();
    let mut names: Vec<&str> = nodes
        .iter()
        .map(|node| node["username"].as_str().unwrap())
        .collect();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn a_project_from_its_beginning_to_the_bin_and_back() {
    let bench = Bench::northwind().await;
    let viewer = user(&bench, "northwind.viewer").await;
    let engineer = user(&bench, "northwind.engineer").await;
    let (payload, request) = done(&bench, "createProject", SHOWS, json!({ "name": "Depot" })).await;
    assert_eq!(
        (
            &payload["project"]["status"],
            &payload["project"]["manager"]["username"]
        ),
        (&json!("ACTIVE"), &json!("northwind.admin"))
    );
    assert_eq!(members(&payload), ["northwind.admin"]);
    let depot = payload["project"]["id"].clone();
    let admin = payload["project"]["managerId"].clone();
    let told = trail(&bench, &request).await;
    assert_eq!(
        (
            told[0].0.as_str(),
            &told[0].2,
            told[1].0.as_str(),
            told.len()
        ),
        (
            "project.add_member",
            &json!({ "after": { "project_id": depot, "user_id": admin } }),
            "project.create",
            2
        )
    );

    let (payload, request) = done(
        &bench,
        "updateProject",
        SHOWS,
        json!({ "id": depot, "status": "ARCHIVED", "managerId": viewer, "description": "Stores." }),
    )
    .await;
    assert_eq!(payload["project"]["status"], "ARCHIVED");
    assert_eq!(members(&payload), ["northwind.admin", "northwind.viewer"]);
    let told = trail(&bench, &request).await;
    assert_eq!(
        told[1].2,
        json!({
            "before": { "status": "active", "manager_id": admin, "description": null },
            "after": { "status": "archived", "manager_id": viewer, "description": "Stores." }
        })
    );
    let since = payload["project"]["updatedAt"].clone();

    let (payload, request) = done(
        &bench,
        "addProjectMember",
        SHOWS,
        json!({ "projectId": depot, "userIds": [engineer, viewer, engineer] }),
    )
    .await;
    assert_eq!(
        members(&payload),
        ["northwind.admin", "northwind.engineer", "northwind.viewer"]
    );
    assert_eq!(
        trail(&bench, &request).await.len(),
        1,
        "the others were members"
    );
    let (payload, request) = done(
        &bench,
        "removeProjectMember",
        SHOWS,
        json!({ "projectId": depot, "userIds": [engineer, admin] }),
    )
    .await;
    assert_eq!(members(&payload), ["northwind.viewer"]);
    let told = trail(&bench, &request).await;
    assert!(
        told.len() == 2 && told.iter().all(|row| row.0 == "project.remove_member"),
        "{told:?}"
    );
    assert!(told[0].2["before"]["user_id"].is_string(), "{told:?}");
    let manager = json!({ "projectId": depot, "userIds": [engineer, viewer] });
    assert_eq!(
        refused(&bench, &bench.token, "removeProjectMember", SHOWS, manager).await,
        [("STATE".to_owned(), "input.userIds.1".to_owned())]
    );

    let late = json!({ "id": depot, "name": "Late", "ifUnchangedSince": "2026-01-01T00:00:00Z" });
    assert_eq!(
        refused(&bench, &bench.token, "updateProject", SHOWS, late).await,
        [("CONFLICT".to_owned(), "input.ifUnchangedSince".to_owned())]
    );
    let in_time = json!({ "id": depot, "ifUnchangedSince": since });
    done(&bench, "deleteProject", SHOWS, in_time).await;
    let gone = bench
        .data(
            "query($id: ID!) { project(id: $id) { id } }",
            json!({ "id": depot }),
        )
        .await;
    assert_eq!(gone["project"], Value::Null);
    for (mutation, input) in [
        ("updateProject", json!({ "id": depot, "name": "Ghost" })),
        ("deleteProject", json!({ "id": depot })),
    ] {
        let refused = refused(&bench, &bench.token, mutation, SHOWS, input).await;
        assert_eq!(refused, [("NOT_FOUND".to_owned(), "input.id".to_owned())]);
    }
    done(&bench, "restoreProject", SHOWS, json!({ "id": depot })).await;
    // Nobody answers for it any more, and the members stay.
    let (payload, _) = done(
        &bench,
        "updateProject",
        SHOWS,
        json!({ "id": depot, "managerId": null }),
    )
    .await;
    assert_eq!(payload["project"]["manager"], Value::Null);
    assert_eq!(members(&payload), ["northwind.viewer"]);
}

#[tokio::test]
async fn what_is_wrong_with_a_project_is_told_at_once() {
    let bench = Bench::northwind().await;
    let is = |code: &str, path: &str| (code.to_owned(), format!("input.{path}"));
    let maple = project(&bench, MAPLE).await;
    let theirs = user(&bench, "alpine.admin").await;
    let wrong = json!({ "name": "", "description": "x".repeat(2001), "managerId": theirs });
    let expected = [
        is("INVALID", "description"),
        is("INVALID", "name"),
        is("NOT_FOUND", "managerId"),
    ];
    assert_eq!(
        refused(&bench, &bench.token, "createProject", SHOWS, wrong.clone()).await,
        expected
    );
    let mut wrong = wrong;
    wrong["id"] = json!(maple);
    assert_eq!(
        refused(&bench, &bench.token, "updateProject", SHOWS, wrong).await,
        expected
    );
    let taken = json!({ "name": MAPLE });
    assert_eq!(
        refused(&bench, &bench.token, "createProject", SHOWS, taken).await,
        [is("ALREADY_EXISTS", "name")]
    );
    for mutation in ["addProjectMember", "removeProjectMember"] {
        let nobody = json!({ "projectId": theirs, "userIds": [theirs] });
        assert_eq!(
            refused(&bench, &bench.token, mutation, SHOWS, nobody).await,
            [is("NOT_FOUND", "projectId"), is("NOT_FOUND", "userIds.0")]
        );
        let empty = json!({ "projectId": maple, "userIds": [] });
        assert_eq!(
            refused(&bench, &bench.token, mutation, SHOWS, empty).await,
            [is("INVALID", "userIds")]
        );
    }
}

#[tokio::test]
async fn a_member_runs_their_own_projects_and_no_others() {
    let bench = Bench::northwind().await;
    // A project manager is no admin: the database sees them as a member.
    let token = bench
        .gateway
        .token("northwind", "project_manager@northwind.example")
        .await;
    let manager = user(&bench, "northwind.project_manager").await;
    let (sso, viewer) = (
        user(&bench, "northwind.sso").await,
        user(&bench, "northwind.viewer").await,
    );
    let works = async |mutation: &str, input: Value| {
        let (payload, _) = mutate(&bench, &token, mutation, SHOWS, &input).await;
        assert_eq!(payload["errors"], json!([]), "{mutation}");
        payload
    };
    let payload = works("createProject", json!({ "name": "Own" })).await;
    assert_eq!(payload["project"]["managerId"], json!(manager));
    assert_eq!(members(&payload), ["northwind.project_manager"]);
    let own = payload["project"]["id"].clone();
    // For somebody else, whose project it then is; its maker stays in it.
    let payload = works(
        "createProject",
        json!({ "name": "Theirs", "managerId": sso }),
    )
    .await;
    assert_eq!(payload["project"]["managerId"], json!(sso));
    assert_eq!(
        members(&payload),
        ["northwind.project_manager", "northwind.sso"]
    );
    works(
        "updateProject",
        json!({ "id": payload["project"]["id"], "name": "Still seen" }),
    )
    .await;

    let both = json!({ "projectId": own, "userIds": [sso, viewer] });
    let payload = works("addProjectMember", both.clone()).await;
    assert_eq!(members(&payload).len(), 3);
    let payload = works("removeProjectMember", both).await;
    assert_eq!(members(&payload).len(), 1);
    works("deleteProject", json!({ "id": own })).await;
    works("restoreProject", json!({ "id": own })).await;
    works("updateProject", json!({ "id": own, "managerId": viewer })).await;
    // Out of it, by their own hand: nothing of it is seen any more.
    works(
        "removeProjectMember",
        json!({ "projectId": own, "userIds": [manager] }),
    )
    .await;
    // Of one that they manage and are not a member of, as imports leave them, they can do the same.
    bench
        .arrange(&format!(
            "INSERT INTO projects (organization_id, name, manager_id) SELECT organization_id, 'Imported', id FROM users WHERE id = '{manager}'"
        ))
        .await;
    let imported = project(&bench, "Imported").await;
    works(
        "addProjectMember",
        json!({ "projectId": imported, "userIds": [viewer] }),
    )
    .await;
    works(
        "updateProject",
        json!({ "id": imported, "managerId": viewer, "name": "Handed over" }),
    )
    .await;

    // Cedar Hollow Barn is one that they are not in.
    let barn = project(&bench, "Cedar Hollow Barn").await;
    for closed in [json!(barn), own] {
        for (mutation, place, input) in [
            (
                "updateProject",
                "id",
                json!({ "id": closed, "name": "Mine" }),
            ),
            (
                "updateProject",
                "id",
                json!({ "id": closed, "managerId": manager }),
            ),
            ("deleteProject", "id", json!({ "id": closed })),
            (
                "addProjectMember",
                "projectId",
                json!({ "projectId": closed, "userIds": [manager] }),
            ),
            (
                "removeProjectMember",
                "projectId",
                json!({ "projectId": closed, "userIds": [viewer] }),
            ),
        ] {
            assert_eq!(
                refused(&bench, &token, mutation, SHOWS, input).await,
                [("NOT_FOUND".to_owned(), format!("input.{place}"))],
                "{mutation}"
            );
        }
    }
    bench
        .arrange(&format!(
            "UPDATE projects SET deleted_at = now() WHERE id = '{barn}'"
        ))
        .await;
    assert_eq!(
        refused(
            &bench,
            &token,
            "restoreProject",
            SHOWS,
            json!({ "id": barn })
        )
        .await,
        [("NOT_FOUND".to_owned(), "input.id".to_owned())]
    );
    // Nor does the database let them, whatever the gateway would say.
    let pools = bench.database.gateway();
    let organization: uuid::Uuid = value(
        &bench.superuser,
        "SELECT id FROM organizations WHERE slug = 'northwind'",
    )
    .await;
    let caller = support::Caller {
        role: fieldgraph::database::DatabaseRole::Member,
        organization: Some(organization),
        user: manager.parse().ok(),
    };
    for statement in [
        format!(
            "INSERT INTO projects (organization_id, name) VALUES ('{organization}', 'Nobody''s')"
        ),
        format!(
            "INSERT INTO projects (organization_id, name, manager_id) VALUES ('{organization}', 'Not mine', '{viewer}')"
        ),
        format!(
            "INSERT INTO project_members (organization_id, project_id, user_id) VALUES ('{organization}', '{barn}', '{manager}')"
        ),
    ] {
        let transaction = bench.database.transaction(&pools, caller).await;
        let error = support::execute(&transaction, &statement, [])
            .await
            .expect_err(&statement);
        assert_eq!(support::refusal(&error).code, "42501", "{statement}");
    }
    for statement in [
        format!("UPDATE projects SET manager_id = '{manager}' WHERE id = '{barn}'"),
        format!("DELETE FROM project_members WHERE project_id = '{barn}'"),
    ] {
        let transaction = bench.database.transaction(&pools, caller).await;
        let changed = support::execute(&transaction, &statement, [])
            .await
            .unwrap();
        assert_eq!(changed, 0, "{statement}");
    }
    let seen: Vec<String> = column(
        &bench.superuser,
        &format!("SELECT user_id::text FROM project_members WHERE project_id = '{barn}'"),
    )
    .await;
    assert_eq!(seen.len(), 2);
}
