//! A channel that the reader is not in: what it is, and the way in.

use leptos::prelude::*;

use super::{
    avatar::RoomSign,
    field::{Field, FieldKind},
    form_error::FormError,
    post_form::PostForm,
    room_header::PaneHeader,
};
use crate::{
    model::{RoomAccess, RoomId, page::ChannelCard},
    ui::{
        language::language,
        state::{form::FormState, live::use_live},
    },
    words::{member_count, td_string},
};

/// The page of a channel from outside.
#[component]
pub fn Outside(card: ChannelCard, form: FormState) -> impl IntoView {
    let locale = language();
    let locked = card.access == RoomAccess::Password;
    let count = card.member_count as usize;
    let enters = card.may_be_entered(use_live().with_untracked(|state| state.me.role));
    let lead =
        move || if locked { td_string!(locale, room.door_password) } else { td_string!(locale, room.door) };
    view! {
        <PaneHeader>
            <RoomSign room=card.id access=card.access />
            <div class="pane-title"><h1 dir="auto">{card.name.clone()}</h1></div>
        </PaneHeader>
        <div class="door">
            <p class="door-topic" dir="auto">{card.topic}</p>
            <p class="door-lead">{lead} " " {move || member_count(locale, count)} "."</p>
            {enters.then(|| view! { <WayIn room=card.id locked form /> })}
        </div>
    }
}

#[component]
fn WayIn(room: RoomId, locked: bool, form: FormState) -> impl IntoView {
    view! {
        <PostForm form=form class="form">
            <input type="hidden" name="room" value=room.to_string() />
            {locked.then(|| view! { <PasswordField form /> })}
            <FormError error=form.error() fields=&["password"] />
            <button class="button primary" disabled=form.pending()>
                {td_string!(language(), room.join)}
            </button>
        </PostForm>
    }
}

#[component]
fn PasswordField(form: FormState) -> impl IntoView {
    let locale = language();
    view! {
        <Field
            name="password"
            label=td_string!(locale, field.room_password)
            kind=FieldKind::required("password", "off")
            reason=form.reason("password")
        />
    }
}
