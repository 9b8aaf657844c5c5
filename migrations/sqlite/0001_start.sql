-- Times are microseconds since 1970 UTC, ids are made by the server, booleans are 0 or 1.
-- Unique constraints are known by name: see `StoreError::Conflict`.

create table settings (
    key text not null,
    value text not null,
    constraint settings_pkey primary key (key)
) strict;

create table users (
    id integer not null,
    username text not null,
    username_key text not null,
    name text not null,
    email text not null,
    birth_date text,
    password_hash text not null,
    role text not null,
    disabled integer not null default 0,
    auth_epoch integer not null default 0,
    search_text text not null,
    created_at integer not null,
    constraint users_pkey primary key (id),
    constraint users_username_key unique (username_key),
    constraint users_email_key unique (email)
) strict;

create table sessions (
    id text not null,
    user_id integer,
    data text not null,
    expires_at integer not null,
    created_at integer not null,
    constraint sessions_pkey primary key (id),
    constraint sessions_user_fkey foreign key (user_id) references users (id) on delete cascade
) strict;

create index sessions_user_idx on sessions (user_id);
create index sessions_expires_idx on sessions (expires_at);

create table rooms (
    id integer not null,
    kind text not null,
    access text not null,
    slug text,
    name text not null,
    topic text not null,
    password_hash text,
    direct_key text,
    last_seq integer not null default 0,
    changed_seq integer not null default 0,
    created_by integer,
    created_at integer not null,
    constraint rooms_pkey primary key (id),
    constraint rooms_slug_key unique (slug),
    constraint rooms_direct_key unique (direct_key),
    constraint rooms_created_by_fkey foreign key (created_by) references users (id)
) strict;

create table members (
    room_id integer not null,
    user_id integer not null,
    role text not null,
    joined integer not null,
    joined_at integer not null,
    changed_seq integer not null,
    delivered_seq integer not null default 0,
    read_seq integer not null default 0,
    constraint members_pkey primary key (room_id, user_id),
    constraint members_room_fkey foreign key (room_id) references rooms (id),
    constraint members_user_fkey foreign key (user_id) references users (id)
) strict, without rowid;

create index members_user_idx on members (user_id) where joined;
create index members_changed_idx on members (room_id, changed_seq);

create table messages (
    id integer not null,
    room_id integer not null,
    seq integer not null,
    author_id integer not null,
    cid text,
    kind text not null,
    notice text,
    text text not null,
    html text not null,
    at integer not null,
    changed_seq integer not null,
    constraint messages_pkey primary key (id),
    constraint messages_room_seq_key unique (room_id, seq),
    constraint messages_author_cid_key unique (author_id, cid),
    constraint messages_room_fkey foreign key (room_id) references rooms (id),
    constraint messages_author_fkey foreign key (author_id) references users (id)
) strict;

create index messages_changed_idx on messages (room_id, changed_seq);
-- Unread messages are counted without touching the rows themselves.
create index messages_unread_idx on messages (room_id, seq, author_id) where kind = 'text';
