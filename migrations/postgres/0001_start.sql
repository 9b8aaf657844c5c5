-- Times are microseconds since 1970 UTC, ids are made by the server.
-- Unique constraints are known by name: see `StoreError::Conflict`.
-- What is sorted or matched is compared by its bytes, as in SQLite.

create table settings (
    key text not null,
    value text not null,
    constraint settings_pkey primary key (key)
);

create table users (
    id bigint not null,
    username text not null,
    username_key text collate "C" not null,
    name text collate "C" not null,
    email text not null,
    birth_date text,
    password_hash text not null,
    role text not null,
    disabled boolean not null default false,
    auth_epoch bigint not null default 0,
    search_text text collate "C" not null,
    created_at bigint not null,
    constraint users_pkey primary key (id),
    constraint users_username_key unique (username_key),
    constraint users_email_key unique (email)
);

create table sessions (
    id text not null,
    user_id bigint,
    data text not null,
    expires_at bigint not null,
    created_at bigint not null,
    constraint sessions_pkey primary key (id),
    constraint sessions_user_fkey foreign key (user_id) references users (id) on delete cascade
);

create index sessions_user_idx on sessions (user_id);
create index sessions_expires_idx on sessions (expires_at);

create table rooms (
    id bigint not null,
    kind text not null,
    access text not null,
    slug text,
    name text collate "C" not null,
    topic text not null,
    password_hash text,
    direct_key text,
    last_seq bigint not null default 0,
    changed_seq bigint not null default 0,
    created_by bigint,
    created_at bigint not null,
    constraint rooms_pkey primary key (id),
    constraint rooms_slug_key unique (slug),
    constraint rooms_direct_key unique (direct_key),
    constraint rooms_created_by_fkey foreign key (created_by) references users (id)
);

create table members (
    room_id bigint not null,
    user_id bigint not null,
    role text not null,
    joined boolean not null,
    joined_at bigint not null,
    changed_seq bigint not null,
    delivered_seq bigint not null default 0,
    read_seq bigint not null default 0,
    constraint members_pkey primary key (room_id, user_id),
    constraint members_room_fkey foreign key (room_id) references rooms (id),
    constraint members_user_fkey foreign key (user_id) references users (id)
);

create index members_user_idx on members (user_id) where joined;
create index members_changed_idx on members (room_id, changed_seq);

create table messages (
    id bigint not null,
    room_id bigint not null,
    seq bigint not null,
    author_id bigint not null,
    cid text,
    kind text not null,
    notice text,
    text text not null,
    html text not null,
    at bigint not null,
    changed_seq bigint not null,
    constraint messages_pkey primary key (id),
    constraint messages_room_seq_key unique (room_id, seq),
    constraint messages_author_cid_key unique (author_id, cid),
    constraint messages_room_fkey foreign key (room_id) references rooms (id),
    constraint messages_author_fkey foreign key (author_id) references users (id)
);

create index messages_changed_idx on messages (room_id, changed_seq);
-- Unread messages are counted without touching the rows themselves.
create index messages_unread_idx on messages (room_id, seq, author_id) where kind = 'text';
