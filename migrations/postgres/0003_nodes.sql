-- Which member rows changed lately, for nodes that missed the word of it.
alter table members add column changed_at bigint not null default 0;
create index members_changed_at_idx on members (changed_at);

-- The numbers of running nodes: each is in the ids that its node makes.
create table nodes (
    number bigint not null,
    incarnation text not null,
    expires_at bigint not null,
    constraint nodes_pkey primary key (number)
);
