-- Personal access tokens; of the token itself only its SHA-256 is kept.
create table tokens (
    id bigint not null,
    user_id bigint not null,
    name text not null,
    hash text not null,
    scope text not null,
    created_at bigint not null,
    expires_at bigint,
    used_at bigint,
    constraint tokens_pkey primary key (id),
    constraint tokens_hash_key unique (hash),
    constraint tokens_user_fkey foreign key (user_id) references users (id) on delete cascade
);

create index tokens_user_idx on tokens (user_id);

-- Tickets for one live connection each, gone with their first use.
create table tickets (
    hash text not null,
    user_id bigint not null,
    session text not null,
    scope text not null,
    expires_at bigint not null,
    constraint tickets_pkey primary key (hash),
    constraint tickets_user_fkey foreign key (user_id) references users (id) on delete cascade
);

create index tickets_expires_idx on tickets (expires_at);
