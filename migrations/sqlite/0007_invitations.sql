-- Who was invited into a closed room and has not answered yet. A dropped invitation stands for the members of the
-- room only: the invited person never sees it.
create table invitations (
    room_id integer not null,
    user_id integer not null,
    inviter_id integer not null,
    dropped integer not null,
    at integer not null,
    constraint invitations_pkey primary key (room_id, user_id),
    constraint invitations_room_fkey foreign key (room_id) references rooms (id) on delete cascade,
    constraint invitations_user_fkey foreign key (user_id) references users (id) on delete cascade,
    constraint invitations_inviter_fkey foreign key (inviter_id) references users (id) on delete cascade
) strict, without rowid;

create index invitations_user_idx on invitations (user_id);
create index invitations_inviter_idx on invitations (inviter_id, user_id);

-- Whose invitations a user does not want.
create table blocks (
    user_id integer not null,
    blocked_id integer not null,
    at integer not null,
    constraint blocks_pkey primary key (user_id, blocked_id),
    constraint blocks_user_fkey foreign key (user_id) references users (id) on delete cascade,
    constraint blocks_blocked_fkey foreign key (blocked_id) references users (id) on delete cascade
) strict, without rowid;

-- What one account has made is counted.
create index rooms_created_by_idx on rooms (created_by, created_at);
