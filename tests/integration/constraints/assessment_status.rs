//! The status of an assessment moves forward: pending, processing, then completed or failed.

use sea_orm::{ConnectionTrait, TransactionTrait};
use support::{Refusal, TestDatabase, refusal, value};
use uuid::Uuid;

use super::arena::attempt;

const STATUSES: [&str; 4] = ["pending", "processing", "completed", "failed"];

#[tokio::test]
async fn a_status_moves_forward_and_never_back() {
    let database = TestDatabase::demo().await;
    let superuser = database.superuser().await;
    let workflow = "INSERT INTO workflows (organization_id, name) SELECT id, 'Without criteria' FROM organizations LIMIT 1";
    superuser.execute_unprepared(workflow).await.unwrap();
    let mut moves = Vec::new();
    for from in STATUSES {
        for to in STATUSES {
            let transaction = superuser.begin().await.unwrap();
            let assessment: Uuid = value(
                &transaction,
                &format!(
                    "INSERT INTO assessments (organization_id, workflow_id, status)
                     SELECT organization_id, id, '{from}' FROM workflows WHERE name = 'Without criteria' RETURNING id"
                ),
            )
            .await;
            let change =
                format!("UPDATE assessments SET status = '{to}' WHERE id = '{assessment}'");
            match attempt(&transaction, &change).await {
                Ok(changed) => {
                    assert_eq!(changed, 1);
                    if from != to {
                        moves.push((from, to));
                    }
                }
                Err(error) => assert_eq!(
                    refusal(&error),
                    Refusal {
                        code: "23514".to_owned(),
                        constraint: "assessments_status_forward".to_owned(),
                    },
                    "{from} to {to}"
                ),
            }
        }
    }
    assert_eq!(
        moves,
        [
            ("pending", "processing"),
            ("processing", "completed"),
            ("processing", "failed"),
        ]
    );
}
