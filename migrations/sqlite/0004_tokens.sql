-- Personal access tokens; of the token itself only its SHA-256 is kept.
create table tokens (
    id integer not null,
    user_id integer not null,
    name text not null,
    hash text not null,
    scope text not null,
    created_at integer not null,
    expires_at integer,
    used_at integer,
    constraint tokens_pkey primary key (id),
    constraint tokens_hash_key unique (hash),
    constraint tokens_user_fkey foreign key (user_id) references users (id) on delete cascade
) strict;

create index tokens_user_idx on tokens (user_id);

-- Tickets for one live connection each, gone with their first use.
create table tickets (
    hash text not null,
    user_id integer not null,
    session text not null,
    scope text not null,
    expires_at integer not null,
    constraint tickets_pkey primary key (hash),
    constraint tickets_user_fkey foreign key (user_id) references users (id) on delete cascade
) strict, without rowid;

create index tickets_expires_idx on tickets (expires_at);
