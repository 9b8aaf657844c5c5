-- The head of a room is moved by whoever takes its seqs, as on PostgreSQL.
drop trigger messages_head;

-- Of what was sent, so that a retry is known although the message was edited meanwhile. Null in older rows.
alter table messages add column sent_hash blob;
