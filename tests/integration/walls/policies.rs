//! The policies as the catalogue has them.

use support::{TestDatabase, column, rows};

use super::catalogue::{Circle, tables};

#[tokio::test]
async fn every_tenant_table_is_forced_behind_the_wall_and_those_under_projects_behind_that_of_membership()
 {
    let database = TestDatabase::migrated().await;
    let superuser = database.superuser().await;
    for table in tables(&superuser).await {
        let name = &table.name;
        let walled: Vec<bool> = column(
            &superuser,
            &format!("SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = '{name}'::regclass"),
        )
        .await;
        assert_eq!(walled, [true], "{name}");
        let policies: Vec<String> = rows(
            &superuser,
            &format!(
                "SELECT policyname::text, permissive, cmd, roles::text, with_check IS NULL, qual FROM pg_policies
                 WHERE schemaname = 'public' AND tablename = '{name}' ORDER BY 1"
            ),
        )
        .await
        .iter()
        .map(|row| {
            let text = |index| row.try_get_by_index::<String>(index).unwrap();
            if text(0) == "organization" {
                // In a sub-select: the setting is read once per statement.
                let tenant = table.tenant;
                assert_eq!(
                    text(5),
                    format!("({tenant} = ( SELECT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid AS \"nullif\"))"),
                    "{name}"
                );
            }
            // Without a check of its own, what is written must be within what is seen.
            assert!(row.try_get_by_index::<bool>(4).unwrap(), "{name}");
            format!("{} {} {} {}", text(0), text(1), text(2), text(3))
        })
        .collect();
        let mut expected = vec!["organization PERMISSIVE ALL {public}"];
        match table.circle {
            Circle::Organization => {}
            Circle::Person(_) => expected.insert(0, "caller RESTRICTIVE ALL {org_admin,org_user}"),
            Circle::Own(_) => expected.insert(0, "caller RESTRICTIVE ALL {org_user}"),
            Circle::Project(_) | Circle::Optional(_) => {
                expected.insert(0, "membership RESTRICTIVE ALL {org_user}");
            }
            Circle::Private(_) => {
                expected.insert(0, "membership RESTRICTIVE ALL {org_user}");
                expected.insert(0, "caller RESTRICTIVE ALL {org_user}");
            }
        }
        if ["documents", "document_chunks", "document_permissions"].contains(&name.as_str()) {
            // Who was granted nothing of a document that is granted to some does not see it, nor what hangs under it.
            expected.insert(0, "grants RESTRICTIVE ALL {org_user}");
        }
        if ["documents", "document_chunks"].contains(&name.as_str()) {
            // An index answers what a text contains, with identities alone.
            expected.push("search PERMISSIVE SELECT {search_keeper}");
        }
        if ["sync_sessions", "quota_usages"].contains(&name.as_str()) {
            // Triggers count, whoever changed what is counted.
            expected.insert(0, "counters PERMISSIVE ALL {fieldgraph_owner}");
        }
        if ["roles", "role_permissions"].contains(&name.as_str()) {
            expected.insert(0, "built_in PERMISSIVE SELECT {public}");
            // The owner makes the built-in ones.
            expected.push("register PERMISSIVE ALL {fieldgraph_owner}");
        }
        if ["users", "refresh_tokens"].contains(&name.as_str()) {
            // An account is found by what somebody typed and a session by its token, before it is known whose they are; who
            // loses a role or the account loses the tokens, by triggers, whoever wrote that.
            expected.extend([
                "sign_in PERMISSIVE SELECT {session_keeper}",
                "standing PERMISSIVE ALL {fieldgraph_owner}",
            ]);
        }
        if name == "refresh_tokens" {
            // What is worth nothing any more is swept over all organizations.
            expected.push("sweep PERMISSIVE DELETE {session_keeper}");
        }
        if name == "organizations" {
            // Its owner keeps the register, and is no role of the gateway.
            expected.push("register PERMISSIVE ALL {fieldgraph_owner}");
        }
        assert_eq!(policies, expected, "{name}");
    }
}

#[tokio::test]
async fn a_partition_has_a_wall_of_its_own_and_nobody_has_rights_on_it() {
    let database = TestDatabase::migrated().await;
    let superuser = database.superuser().await;
    let partitions = rows(
        &superuser,
        "SELECT relname::text, relrowsecurity AND relforcerowsecurity FROM pg_class
         WHERE relispartition AND relkind = 'r' AND relnamespace = 'public'::regnamespace",
    )
    .await;
    assert!(partitions.len() > 1, "months, and the default partition");
    for partition in partitions {
        let name: String = partition.try_get_by_index(0).unwrap();
        assert!(partition.try_get_by_index::<bool>(1).unwrap(), "{name}");
    }
}

#[tokio::test]
async fn every_view_asks_in_the_name_of_who_reads_it() {
    let database = TestDatabase::migrated().await;
    let views: Vec<String> = column(
        &database.superuser().await,
        "SELECT format('%s %s', relname, reloptions) FROM pg_class
         WHERE relkind IN ('v', 'm') AND relnamespace = 'public'::regnamespace
           AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype = 'e')
         ORDER BY 1",
    )
    .await;
    assert_eq!(
        views,
        [
            "cycle_summaries {security_invoker=true}",
            "organization_quotas {security_invoker=true}",
            "project_summaries {security_invoker=true}"
        ]
    );
}
