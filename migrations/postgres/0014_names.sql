-- People may take another name: each change of who somebody is takes a seq of one counter, so that a client that was away asks
-- for those after the last one it knows. 0 is as registered.
alter table users add column changed_seq bigint not null default 0;

create index users_changed_seq on users (changed_seq) where changed_seq > 0;
