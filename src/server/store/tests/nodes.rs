//! Numbers of nodes: each belongs to one node while its lease lasts.

use uuid::Uuid;

use super::{
    super::{
        ids::NODES,
        nodes::{free_number, list_nodes, renew_number, take_number},
    },
    NOW, TestDb, on_both_engines,
};
use crate::model::Timestamp;

const LATER: Timestamp = Timestamp(NOW.0 + 60_000_000);

on_both_engines! {
    async fn every_node_gets_a_number_of_its_own(test: &TestDb) {
        let mut conn = test.writer().await;
        for expected in 0..NODES {
            let number = take_number(&mut conn, Uuid::now_v7(), NOW, LATER).await.unwrap();
            assert_eq!(number, Some(expected));
        }
        assert_eq!(take_number(&mut conn, Uuid::now_v7(), NOW, LATER).await.unwrap(), None);
    }

    async fn a_number_is_free_once_its_lease_ends_or_is_given_back(test: &TestDb) {
        let mut conn = test.writer().await;
        let (one, two, three) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
        take_number(&mut conn, one, NOW, LATER).await.unwrap();
        let after = Timestamp(LATER.0 + 1);
        assert_eq!(take_number(&mut conn, two, after, Timestamp(after.0 + 9)).await.unwrap(), Some(0));
        assert!(!renew_number(&mut conn, 0, one, after).await.unwrap(), "another node has it");
        assert!(renew_number(&mut conn, 0, two, after).await.unwrap());
        assert_eq!(list_nodes(&mut conn, after).await.unwrap(), [two]);
        free_number(&mut conn, one).await.unwrap();
        assert_eq!(take_number(&mut conn, three, after, after).await.unwrap(), Some(1));
        free_number(&mut conn, two).await.unwrap();
        assert_eq!(list_nodes(&mut conn, after).await.unwrap(), [three]);
    }
}
