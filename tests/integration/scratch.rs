use fieldgraph::core::{Actor, Permission, RequestInfo, Session};
use fieldgraph::database::DatabaseRole;
use support::{TestDatabase, rows};
use sea_orm::ConnectionTrait;

#[tokio::test]
async fn scratch() {
    let schema = fieldgraph::schema::build();
    std::fs::write("/tmp/schema.graphql", schema.sdl_with_options(async_graphql::SDLExportOptions::new().sorted_fields().sorted_arguments().sorted_enum_items())).unwrap();
    let database = TestDatabase::demo().await;
    let owner = database.superuser().await;
    let row = owner.query_one_raw(sea_orm::Statement::from_string(sea_orm::DbBackend::Postgres, "select u.organization_id o, u.id u from users u where email='admin@northwind.example'")).await.unwrap().unwrap();
    let pools = database.gateway();
    let one = async |sql: &str| -> String { let r = owner.query_one_raw(sea_orm::Statement::from_string(sea_orm::DbBackend::Postgres, sql.to_string())).await.unwrap().unwrap(); r.try_get::<uuid::Uuid>("", "id").unwrap().to_string() };
    let project = one("select p.id from projects p join organizations o on o.id = p.organization_id where o.slug='northwind' order by p.name limit 1").await;
    let photo = one("select p.id from photos p join organizations o on o.id = p.organization_id where o.slug='northwind' order by p.s3_key limit 1").await;
    for line in std::fs::read_to_string("/tmp/queries.txt").unwrap().split("\n---\n") {
        let line = &line.replace("PROJECT", &project).replace("PHOTO", &photo);
        let session = Session::new(pools.clone(), Actor { organization: row.try_get("", "o").unwrap(), user: row.try_get("", "u").unwrap(), permissions: Permission::ALL.iter().copied().collect(), database_role: DatabaseRole::Admin }, RequestInfo { id: "x".into(), time_limit: std::time::Duration::from_secs(10) });
        let answer = schema.execute(async_graphql::Request::new(line.as_str()).data(session.clone())).await;
        session.finish().await;
        println!("{line}\n=> {} statements\n{}\n", session.statements(), serde_json::to_string(&answer).unwrap());
    }
    let trail = owner.query_all_raw(sea_orm::Statement::from_string(sea_orm::DbBackend::Postgres, "select action || ' ' || metadata::text as t from audit_logs where request_id = 'x' order by created_at".to_string())).await.unwrap();
    for row in trail { println!("{}", row.try_get::<String>("", "t").unwrap()); }
}
