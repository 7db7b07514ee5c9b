//! Roles of an organization's own: from their making to their end, between two editors, and against those of others.

use serde_json::{Value, json};
use support::{column, value};
use uuid::Uuid;

use super::super::bench::eventually;
use super::{Bench, done, id, mutate, refused, trail};

const SHOWS: &str = "role { id name description isBuiltIn updatedAt permissions { nodes { name } } users { nodes { username } } organization { slug } }";

fn names(role: &Value, list: &str, field: &str) -> Vec<String> {
    let nodes = role[list]["nodes"].as_array().unwrap();
    nodes
        .iter()
        .map(|node| node[field].as_str().unwrap().to_owned())
        .collect()
}

async fn user(bench: &Bench, username: &str) -> String {
    id(
        bench,
        &format!("SELECT id::text FROM users WHERE username = '{username}'"),
    )
    .await
}

async fn role(bench: &Bench, name: &str) -> String {
    id(
        bench,
        &format!("SELECT id::text FROM roles WHERE name = '{name}'"),
    )
    .await
}

/// What a token of a user of northwind with a role may do.
async fn permissions(bench: &Bench, username: &str, role: &str) -> Value {
    let organization: Uuid = value(
        &bench.superuser,
        &format!("SELECT organization_id FROM users WHERE username = '{username}'"),
    )
    .await;
    let user = Uuid::parse_str(&user(bench, username).await).unwrap();
    let token = bench
        .gateway
        .token_of(organization, user, vec![role.to_owned()]);
    let answer = bench
        .gateway
        .query(&token, "{ viewer { permissions } }", json!({}))
        .await;
    answer.data()["viewer"]["permissions"].clone()
}

#[tokio::test]
async fn an_own_role_from_its_making_to_its_end() {
    let bench = Bench::northwind().await;
    let (payload, request) = done(
        &bench,
        "createRole",
        SHOWS,
        json!({ "name": "estimator", "description": "Reckons.", "permissions": ["photos:read", "organization:read"] }),
    )
    .await;
    let made = payload["role"].clone();
    let estimator = made["id"].as_str().unwrap().to_owned();
    assert_eq!(
        (
            &made["name"],
            &made["isBuiltIn"],
            &made["organization"]["slug"]
        ),
        (&json!("estimator"), &json!(false), &json!("northwind"))
    );
    assert_eq!(
        names(&made, "permissions", "name"),
        ["organization:read", "photos:read"]
    );
    assert_eq!(
        trail(&bench, &request).await,
        [
            ("role.create".to_owned(), estimator.clone(), json!({})),
            (
                "role.permit".to_owned(),
                estimator.clone(),
                json!({ "after": { "permissions": ["organization:read", "photos:read"] } })
            )
        ]
    );

    // Somebody gets it, and may by the next token what it allows.
    let leo = user(&bench, "northwind.user").await;
    let given = json!({ "userId": leo, "roleId": estimator });
    let shows = "user { roles { nodes { name } } }";
    let (payload, request) = done(&bench, "assignRole", shows, given.clone()).await;
    assert_eq!(
        names(&payload["user"], "roles", "name"),
        ["estimator", "user"]
    );
    assert_eq!(
        trail(&bench, &request).await,
        [(
            "user.assign_role".to_owned(),
            leo.clone(),
            json!({ "after": { "role": "estimator" } })
        )]
    );
    let (_, request) = done(&bench, "assignRole", shows, given.clone()).await;
    assert_eq!(trail(&bench, &request).await, [], "they had it already");
    eventually("the role's permissions", async || {
        permissions(&bench, "northwind.user", "estimator").await
            == json!(["organization:read", "photos:read"])
    })
    .await;

    // What is changed is told, and nothing else.
    let (payload, request) = done(
        &bench,
        "updateRole",
        SHOWS,
        json!({ "id": estimator, "name": "reckoner", "addPermissions": ["documents:read", "photos:read"], "removePermissions": ["organization:read", "usage:read"] }),
    )
    .await;
    let changed = &payload["role"];
    assert_eq!(
        (&changed["name"], &changed["description"]),
        (&json!("reckoner"), &json!("Reckons."))
    );
    assert_eq!(
        names(changed, "permissions", "name"),
        ["documents:read", "photos:read"]
    );
    assert_eq!(names(changed, "users", "username"), ["northwind.user"]);
    let told: Vec<_> = trail(&bench, &request)
        .await
        .into_iter()
        .map(|(action, _, metadata)| (action, metadata))
        .collect();
    assert_eq!(
        told,
        [
            (
                "role.forbid".to_owned(),
                json!({ "before": { "permissions": ["organization:read"] } })
            ),
            (
                "role.permit".to_owned(),
                json!({ "after": { "permissions": ["documents:read"] } })
            ),
            (
                "role.update".to_owned(),
                json!({ "before": { "name": "estimator" }, "after": { "name": "reckoner" } })
            ),
        ]
    );

    // It stays while somebody has it, unless it is taken from them.
    let (payload, _) = mutate(
        &bench,
        &bench.token,
        "deleteRole",
        "role { id }",
        &json!({ "id": estimator }),
    )
    .await;
    assert_eq!(
        payload["errors"][0],
        json!({ "code": "IN_USE", "path": ["input"], "message": "users have the role reckoner: take it away from them first" })
    );
    let (_, request) = done(
        &bench,
        "deleteRole",
        "role { name }",
        json!({ "id": estimator, "takeFromUsers": true }),
    )
    .await;
    let told = trail(&bench, &request).await;
    let actions: Vec<&str> = told.iter().map(|row| row.0.as_str()).collect();
    assert_eq!(actions, ["role.delete", "role.forbid", "role.take"]);
    assert_eq!(told[2].2, json!({ "before": { "users": [leo] } }));
    let left: Vec<String> = column(
        &bench.superuser,
        &format!("SELECT roles.name FROM user_roles JOIN roles ON roles.id = role_id WHERE user_id = '{leo}'"),
    )
    .await;
    assert_eq!(left, ["user"]);
    eventually("the end of the role's permissions", async || {
        permissions(&bench, "northwind.user", "reckoner").await == json!([])
    })
    .await;
}

#[tokio::test]
async fn what_is_wrong_with_a_role_is_said_at_once_and_in_its_place() {
    let bench = Bench::northwind().await;
    let surveyor = role(&bench, "surveyor").await;
    let viewer = role(&bench, "viewer").await;
    let everything = refused(
        &bench,
        &bench.token,
        "createRole",
        "role { id }",
        json!({ "name": " ", "permissions": ["photos:read", "roles:write", "stars:count"] }),
    )
    .await;
    assert_eq!(
        everything,
        [
            ("INVALID".to_owned(), "input.name".to_owned()),
            ("INVALID".to_owned(), "input.permissions.1".to_owned()),
            ("NOT_FOUND".to_owned(), "input.permissions.2".to_owned()),
        ]
    );
    for taken in ["surveyor", "viewer", "Viewer"] {
        assert_eq!(
            refused(
                &bench,
                &bench.token,
                "createRole",
                "role { id }",
                json!({ "name": taken })
            )
            .await,
            [("ALREADY_EXISTS".to_owned(), "input.name".to_owned())],
            "{taken}"
        );
    }
    for (mutation, input, wrong) in [
        (
            "updateRole",
            json!({ "id": surveyor, "name": "admin" }),
            [("ALREADY_EXISTS", "input.name")],
        ),
        (
            "updateRole",
            json!({ "id": surveyor }),
            [("INVALID", "input")],
        ),
        (
            "updateRole",
            json!({ "id": surveyor, "addPermissions": ["audit:read"] }),
            [("INVALID", "input.addPermissions.0")],
        ),
        (
            "updateRole",
            json!({ "id": surveyor, "addPermissions": ["usage:read"], "removePermissions": ["usage:read"] }),
            [("INVALID", "input.removePermissions.0")],
        ),
        (
            "updateRole",
            json!({ "id": viewer, "description": "Ours." }),
            [("STATE", "input.id")],
        ),
        (
            "deleteRole",
            json!({ "id": viewer, "takeFromUsers": true }),
            [("STATE", "input.id")],
        ),
        (
            "deleteRole",
            json!({ "id": surveyor }),
            [("IN_USE", "input")],
        ),
    ] {
        let wrong = wrong.map(|(code, path)| (code.to_owned(), path.to_owned()));
        assert_eq!(
            refused(&bench, &bench.token, mutation, "role { id }", input.clone()).await,
            wrong,
            "{mutation} {input}"
        );
    }
    // A document that was granted to it alone would be everybody's.
    bench
        .arrange(&format!(
            "INSERT INTO document_permissions (organization_id, audience_id, document_id, role_id, permission_type)
             SELECT documents.organization_id, audience_id, documents.id, '{surveyor}', 'read' FROM documents JOIN organizations ON organizations.id = organization_id
             WHERE slug = 'northwind' ORDER BY documents.id LIMIT 1"
        ))
        .await;
    let (payload, _) = mutate(
        &bench,
        &bench.token,
        "deleteRole",
        "role { id }",
        &json!({ "id": surveyor, "takeFromUsers": true }),
    )
    .await;
    assert_eq!(
        payload["errors"][0]["message"],
        "documents are granted to the role surveyor: revoke that first"
    );
}

#[tokio::test]
async fn two_editors_both_have_their_way_or_the_slower_one_is_told() {
    let bench = Bench::northwind().await;
    let surveyor = role(&bench, "surveyor").await;
    let seen = bench
        .data(
            "query($id: ID!) { role(id: $id) { updatedAt } }",
            json!({ "id": surveyor }),
        )
        .await["role"]["updatedAt"]
        .clone();
    let add = |names: &[&str]| json!({ "id": surveyor, "addPermissions": names });
    let edits = [
        add(&["usage:read"]),
        add(&["agents:read", "workflows:read"]),
        json!({ "id": surveyor, "removePermissions": ["documents:read"], "addPermissions": ["queries:read"] }),
    ];
    let edited = futures::future::join_all(
        edits
            .iter()
            .map(|input| mutate(&bench, &bench.token, "updateRole", "role { id }", input)),
    )
    .await;
    for (payload, _) in edited {
        assert_eq!(payload["errors"], json!([]));
    }
    let found: Vec<String> = column(
        &bench.superuser,
        &format!("SELECT name FROM role_permissions JOIN permissions ON permissions.id = permission_id WHERE role_id = '{surveyor}' ORDER BY name"),
    )
    .await;
    assert_eq!(
        found,
        [
            "agents:read",
            "detections:confirm",
            "organization:read",
            "photos:read",
            "photos:write",
            "projects:read",
            "queries:read",
            "usage:read",
            "workflows:read"
        ]
    );
    for (mutation, input) in [
        (
            "updateRole",
            json!({ "id": surveyor, "addPermissions": ["documents:read"], "ifUnchangedSince": seen }),
        ),
        (
            "deleteRole",
            json!({ "id": surveyor, "takeFromUsers": true, "ifUnchangedSince": seen }),
        ),
    ] {
        assert_eq!(
            refused(&bench, &bench.token, mutation, "role { id }", input).await,
            [("CONFLICT".to_owned(), "input.ifUnchangedSince".to_owned())],
            "{mutation}"
        );
    }
}

#[tokio::test]
async fn the_last_admin_keeps_the_role() {
    let bench = Bench::northwind().await;
    let (dana, admin) = (
        user(&bench, "northwind.admin").await,
        role(&bench, "admin").await,
    );
    let (payload, _) = mutate(
        &bench,
        &bench.token,
        "removeRole",
        "user { id }",
        &json!({ "userId": dana, "roleId": admin }),
    )
    .await;
    assert_eq!(payload["errors"][0]["code"], "STATE", "{payload}");
    assert!(
        payload["errors"][0]["message"]
            .as_str()
            .unwrap()
            .contains("last active admin")
    );
}

#[tokio::test]
async fn another_organizations_role_is_nowhere_and_nobodys() {
    let bench = Bench::northwind().await;
    let theirs = role(&bench, "second_reader").await;
    let ours = user(&bench, "northwind.viewer").await;
    let seen = bench
        .data(
            "query($id: ID!) { role(id: $id) { id } node(id: $id) { id } roles(filter: { id: { eq: $id } }) { totalCount }
               users(filter: { roles: { some: { id: { eq: $id } } } }) { totalCount } permissions(filter: { roles: { some: { id: { eq: $id } } } }) { totalCount }
               all: roles(first: 100) { nodes { name } } }",
            json!({ "id": theirs }),
        )
        .await;
    assert_eq!((&seen["role"], &seen["node"]), (&Value::Null, &Value::Null));
    for list in ["roles", "users", "permissions"] {
        assert_eq!(seen[list]["totalCount"], 0, "{list}");
    }
    let names = names(&seen, "all", "name");
    assert_eq!(names.len(), 11, "{names:?}");
    assert!(names.contains(&"surveyor".to_owned()) && !names.contains(&"second_reader".to_owned()));
    for (mutation, shows, input, place) in [
        (
            "assignRole",
            "user { id }",
            json!({ "userId": ours, "roleId": theirs }),
            "input.roleId",
        ),
        (
            "removeRole",
            "user { id }",
            json!({ "userId": ours, "roleId": theirs }),
            "input.roleId",
        ),
        (
            "updateRole",
            "role { id }",
            json!({ "id": theirs, "name": "ours" }),
            "input.id",
        ),
        (
            "deleteRole",
            "role { id }",
            json!({ "id": theirs, "takeFromUsers": true }),
            "input.id",
        ),
    ] {
        assert_eq!(
            refused(&bench, &bench.token, mutation, shows, input).await,
            [("NOT_FOUND".to_owned(), place.to_owned())],
            "{mutation}"
        );
    }
    // A name means a role of the token's organization.
    assert_eq!(
        permissions(&bench, "northwind.viewer", "second_reader").await,
        json!([])
    );
    assert_ne!(
        permissions(&bench, "alpine.viewer", "second_reader").await,
        json!([])
    );
    assert_eq!(
        permissions(&bench, "alpine.viewer", "surveyor").await,
        json!([])
    );
    // The same name here and there is two roles.
    let (payload, _) = done(
        &bench,
        "createRole",
        "role { id }",
        json!({ "name": "second_reader", "permissions": ["usage:read"] }),
    )
    .await;
    assert_ne!(payload["role"]["id"], theirs);
    eventually("the role of the same name", async || {
        permissions(&bench, "northwind.viewer", "second_reader").await == json!(["usage:read"])
    })
    .await;
    let theirs = permissions(&bench, "alpine.viewer", "second_reader").await;
    assert!(!theirs.to_string().contains("usage:read"), "{theirs}");
}

#[tokio::test]
async fn a_refused_mutation_is_told_of_once_a_minute() {
    let bench = Bench::northwind().await;
    let member = bench
        .gateway
        .token("northwind", "viewer@northwind.example")
        .await;
    let ask = async |document: &str| {
        let answer = bench.gateway.query(&member, document, json!({})).await;
        assert_eq!(answer.code(), "FORBIDDEN");
        answer.header("x-request-id").to_owned()
    };
    let create =
        "mutation { createRole(input: { name: \"mine\", permissions: [] }) { errors { code } } }";
    let (first, second) = (ask(create).await, ask(create).await);
    let other = ask("mutation { addTags(input: { photoId: \"018f0000-0000-7000-8000-000000000001\", tags: [\"a\"] }) { errors { code } } }").await;
    let told = support::rows(
        &bench.superuser,
        "SELECT request_id, metadata, actor_id = (SELECT id FROM users WHERE username = 'northwind.viewer') AS theirs, resource_type, resource_id
         FROM audit_logs WHERE action = 'permission.refuse' ORDER BY created_at",
    )
    .await;
    let told: Vec<(String, Value)> = told
        .iter()
        .map(|row| {
            assert!(row.try_get::<bool>("", "theirs").unwrap());
            assert_eq!(
                row.try_get::<String>("", "resource_type").unwrap(),
                "permission"
            );
            assert_eq!(
                row.try_get::<Option<Uuid>>("", "resource_id").unwrap(),
                None
            );
            (
                row.try_get("", "request_id").unwrap(),
                row.try_get("", "metadata").unwrap(),
            )
        })
        .collect();
    assert_ne!(first, second);
    assert_eq!(
        told,
        [
            (
                first,
                json!({ "field": "createRole", "missing": "roles:write" })
            ),
            (
                other,
                json!({ "field": "addTags", "missing": "photos:write" })
            ),
        ]
    );
    // What was refused a while ago is told again.
    bench
        .arrange("ALTER TABLE audit_logs DISABLE TRIGGER append_only")
        .await;
    bench
        .arrange("UPDATE audit_logs SET created_at = created_at - interval '61 seconds' WHERE action = 'permission.refuse'")
        .await;
    let again = ask(create).await;
    let found: i64 = value(
        &bench.superuser,
        &format!("SELECT count(*) FROM audit_logs WHERE request_id = '{again}'"),
    )
    .await;
    assert_eq!(found, 1);
}

#[tokio::test]
async fn gateways_on_one_database_agree_on_what_a_role_allows() {
    let bench = Bench::northwind().await;
    let other = support::Gateway::start(&bench.database).await;
    let surveyor = role(&bench, "surveyor").await;
    let rosa = Uuid::parse_str(&user(&bench, "northwind.contractor_2").await).unwrap();
    let organization: Uuid = value(
        &bench.superuser,
        "SELECT id FROM organizations WHERE slug = 'northwind'",
    )
    .await;
    let sees_usage = async |gateway: &support::Gateway| {
        let token = gateway.token_of(organization, rosa, vec!["surveyor".to_owned()]);
        let answer = gateway
            .query(&token, "{ viewer { permissions } }", json!({}))
            .await;
        answer.text.contains("usage:read")
    };
    for gateway in [&bench.gateway, &other] {
        assert!(!sees_usage(gateway).await);
    }
    for (list, expected) in [("addPermissions", true), ("removePermissions", false)] {
        done(
            &bench,
            "updateRole",
            "role { id }",
            json!({ "id": surveyor, list: ["usage:read"] }),
        )
        .await;
        for gateway in [&bench.gateway, &other] {
            eventually(list, async || sees_usage(gateway).await == expected).await;
        }
    }
}
