//! A channel that the reader is not in: what it is, and the way in.

use leptos::prelude::*;

use super::{
    avatar::RoomSign,
    field::{Field, FieldKind},
    form_error::FormError,
    room_header::PaneHeader,
};
use crate::{
    api::rooms::JoinRoom,
    model::{RoomAccess, page::ChannelCard},
    ui::{
        i18n::{t, t_string},
        state::form::FormState,
        words::{language, member_count},
    },
};

/// The page of a channel from outside.
#[component]
pub fn Door(card: ChannelCard, form: FormState<JoinRoom>) -> impl IntoView {
    let i18n = language();
    let locked = card.access == RoomAccess::Password;
    let count = card.member_count as usize;
    let lead = move || if locked { t_string!(i18n, room.door_password) } else { t_string!(i18n, room.door) };
    view! {
        <PaneHeader>
            <RoomSign room=card.id access=card.access />
            <div class="pane-title"><h1 dir="auto">{card.name.clone()}</h1></div>
        </PaneHeader>
        <div class="door">
            <p class="door-topic" dir="auto">{card.topic}</p>
            <p class="door-lead">{lead} " " {move || member_count(i18n, count)} "."</p>
            <ActionForm action=form.action attr:class="form" attr:novalidate=true>
                <input type="hidden" name="room" value=card.id.to_string() />
                {locked.then(|| view! { <PasswordField form /> })}
                <FormError error=form.error() fields=&["password"] />
                <button class="button primary" disabled=form.pending()>{t!(i18n, room.join)}</button>
            </ActionForm>
        </div>
    }
}

#[component]
fn PasswordField(form: FormState<JoinRoom>) -> impl IntoView {
    let i18n = language();
    view! {
        <Field
            name="password"
            label=Signal::derive(move || t_string!(i18n, field.room_password))
            kind=FieldKind::required("password", "off")
            reason=form.reason("password")
        />
    }
}
