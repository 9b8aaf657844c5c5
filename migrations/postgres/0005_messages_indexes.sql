-- A posted message touches as few pages as it can: see the migration of the same name for SQLite.

alter table messages drop constraint messages_author_cid_key;
alter table messages add constraint messages_cid_author_key unique (cid, author_id);
drop index messages_unread_idx;
drop index messages_changed_idx;
create index messages_changed_idx on messages (room_id, changed_seq) where changed_seq <> seq;
-- Texts are counted as all but these.
create index messages_other_idx on messages (room_id) where kind <> 'text';
