//! Comments and notes.

use wp_client::models::{
    Comment, CommentId, CommentPatch, CommentStatus, CommentType, NewComment, NewPage, NewPost, NoteStatus,
    OpenStatus, PostStatus,
};
use wp_client::{Order, Page};

use crate::refusal::{assert_refused, assert_refuses};
use crate::site::Site;

fn ids(page: Page<Comment>) -> Vec<CommentId> {
    page.iter().map(|comment| comment.id).collect()
}

pub(crate) async fn comment_life_cycle(site: Site) {
    let wp = site.admin();
    let page = wp
        .pages()
        .create(NewPage::titled("Discussed").status(PostStatus::Publish).comment_status(OpenStatus::Open))
        .await
        .unwrap();
    let post = wp.posts().create(NewPost::titled("Discussed").status(PostStatus::Publish)).await.unwrap();
    let first = wp.comments().create(NewComment::on(page.id, "First & foremost")).await.unwrap();
    assert_eq!(
        (first.post, first.content.raw.as_str(), first.kind.clone()),
        (Some(page.id.into()), "First & foremost", CommentType::Comment)
    );
    assert_eq!(first.status, CommentStatus::Approved);
    let visitor = NewComment::on(page.id, "From a visitor")
        .parent(first.id)
        .author_name("Ana")
        .author_email("ana@example.org")
        .author_url("https://ana.example.org")
        .author_ip("192.0.2.7")
        .status(CommentStatus::Hold)
        .date("2024-02-03T04:05:06".parse::<wp_client::SiteTime>().unwrap());
    let reply = wp.comments().create(visitor).await.unwrap();
    assert_eq!((reply.author, reply.author_name.as_str(), reply.parent), (None, "Ana", Some(first.id)));
    assert_eq!(
        (reply.status.clone(), reply.date.unwrap().to_string()),
        (CommentStatus::Hold, "2024-02-03T04:05:06".to_owned())
    );
    let elsewhere = wp.comments().create(NewComment::on(post.id, "Elsewhere")).await.unwrap();
    assert_refused(
        wp.comments().create(NewComment::on(page.id, "First & foremost")).await,
        409,
        "comment_duplicate",
    );
    assert_refused(
        wp.comments().create(NewComment::on(page.id, "")).await,
        400,
        "rest_comment_content_invalid",
    );

    let seen = wp.comments().get(reply.id).strict().await.unwrap();
    assert_eq!((seen.author_email, seen.author_name.as_str()), (None, "Ana"));
    let edited = wp.comments().get(reply.id).edit().strict().await.unwrap();
    assert_eq!(
        (edited.author_email.as_deref(), edited.author_ip.as_deref()),
        (Some("ana@example.org"), Some("192.0.2.7"))
    );
    let embedded = wp.comments().get(reply.id).query("context", "embed").strict().await.unwrap();
    assert_eq!((embedded.id, embedded.post), (reply.id, None));

    let of_page = || wp.comments().list().post([page.id]).order_by("id", Order::Asc);
    assert_eq!(ids(of_page().await.unwrap()), [first.id]);
    assert_eq!(ids(of_page().status(CommentStatus::Approved).await.unwrap()), [first.id]);
    assert_eq!(ids(of_page().status(CommentStatus::Hold).await.unwrap()), [reply.id]);
    let all = || of_page().status("all");
    assert_eq!(ids(all().await.unwrap()), [first.id, reply.id]);
    assert_eq!(ids(all().parent([first.id]).await.unwrap()), [reply.id]);
    assert_eq!(ids(all().parent_exclude([first.id]).await.unwrap()), [first.id]);
    assert_eq!(ids(all().at_top().await.unwrap()), [first.id]);
    assert_eq!(ids(all().author_email("ana@example.org").await.unwrap()), [reply.id]);
    assert_eq!(ids(all().author(first.author).await.unwrap()), [first.id]);
    assert_eq!(ids(all().author_exclude(first.author).await.unwrap()), [reply.id]);
    let time = |text: &str| text.parse::<wp_client::SiteTime>().unwrap();
    assert_eq!(ids(all().before(time("2024-03-01T00:00:00")).await.unwrap()), [reply.id]);
    assert_eq!(ids(all().after(time("2024-03-01T00:00:00")).await.unwrap()), [first.id]);
    assert_eq!(ids(all().search("visitor").await.unwrap()), [reply.id]);
    assert_eq!(
        ids(all().kind(CommentType::Pingback).await.unwrap()),
        ids(all().include([CommentId::new(999_999_999).unwrap()]).await.unwrap())
    );

    let patch = CommentPatch::default().status(CommentStatus::Approved).content("Changed");
    let changed = wp.comments().update(reply.id, patch).await.unwrap();
    assert_eq!((changed.status, changed.content.raw.as_str()), (CommentStatus::Approved, "Changed"));
    let patch = |status| CommentPatch::default().status(status);
    assert_eq!(
        wp.comments().update(reply.id, patch(CommentStatus::Spam)).await.unwrap().status,
        CommentStatus::Spam
    );
    assert_eq!(ids(of_page().status(CommentStatus::Spam).await.unwrap()), [reply.id]);
    assert_eq!(
        wp.comments().update(reply.id, patch(CommentStatus::Unspam)).await.unwrap().status,
        CommentStatus::Approved
    );

    let (subscriber, anonymous) = (site.someone(&site.subscriber), site.anonymous());
    let both = [&subscriber, &anonymous];
    let submitted = subscriber.comments().submit(NewComment::on(page.id, "Submitted & held")).strict().await;
    let submitted = submitted.unwrap();
    assert_eq!(
        (submitted.status, submitted.content.rendered.trim()),
        (CommentStatus::Hold, "<p>Submitted &amp; held</p>")
    );
    wp.comments().delete(submitted.id).await.unwrap();
    assert_refused(
        anonymous.comments().create(NewComment::on(page.id, "x")).await,
        401,
        "rest_comment_login_required",
    );
    assert_refuses(
        both.map(|wp| wp.comments().update(first.id, CommentPatch::default().content("x"))),
        "rest_cannot_edit",
    )
    .await;
    assert_refuses(both.map(|wp| wp.comments().trash(first.id)), "rest_cannot_delete").await;
    assert_refuses(both.map(|wp| wp.comments().delete(first.id)), "rest_cannot_delete").await;
    assert_refuses(both.map(|wp| wp.comments().get(first.id).edit()), "rest_forbidden_context").await;
    for (wp, status) in [(&subscriber, 403), (&anonymous, 401)] {
        assert_refused(
            wp.comments().list().status(CommentStatus::Hold).await,
            status,
            "rest_forbidden_param",
        );
    }

    assert_eq!(wp.comments().trash(reply.id).await.unwrap().status, CommentStatus::Trash);
    assert_eq!(ids(of_page().status(CommentStatus::Trash).await.unwrap()), [reply.id]);
    assert_eq!(
        wp.comments().update(reply.id, patch(CommentStatus::Untrash)).await.unwrap().status,
        CommentStatus::Approved
    );
    for id in [reply.id, first.id, elsewhere.id] {
        assert_eq!(wp.comments().delete(id).await.unwrap().previous.id, id);
        assert_eq!(wp.comments().get_opt(id).await.unwrap(), None);
    }
    wp.pages().delete(page.id).await.unwrap();
    wp.posts().delete(post.id).await.unwrap();
}

pub(crate) async fn comments_of_a_protected_post(site: Site) {
    let wp = site.admin();
    let new = NewPost::titled("Discussed in secret").status(PostStatus::Publish).password("open sesame");
    let post = wp.posts().create(new).await.unwrap();
    let comment = wp.comments().create(NewComment::on(post.id, "Psst")).await.unwrap();
    let anonymous = site.anonymous();
    assert_refused(anonymous.comments().get(comment.id).await, 401, "rest_cannot_read");
    assert_eq!(anonymous.comments().get(comment.id).password("open sesame").await.unwrap().id, comment.id);
    assert_refused(anonymous.comments().list().post([post.id]).await, 401, "rest_cannot_read_post");
    assert_eq!(
        ids(anonymous.comments().list().post([post.id]).password("open sesame").await.unwrap()),
        [comment.id]
    );
    assert!(wp.comments().delete(comment.id).password("open sesame").await.unwrap().deleted);
    wp.posts().delete(post.id).await.unwrap();
}

pub(crate) async fn notes_resolve_a_thread(site: Site) {
    let wp = site.admin();
    let post = wp.posts().create(NewPost::titled("Annotated").status(PostStatus::Publish)).await.unwrap();
    let note = wp.comments().create(NewComment::note(post.id, "Is this true?")).await;
    // Since WordPress 6.9, as the abilities are.
    if site.has_route("/wp-abilities/v1/abilities") {
        let note = note.unwrap();
        assert_eq!((note.kind.clone(), note.note_status()), (CommentType::Note, None));
        let answer = NewComment::note(post.id, "").parent(note.id).note_status(NoteStatus::Resolved);
        let answer = wp.comments().create(answer).await.unwrap();
        assert_eq!(answer.note_status(), Some(NoteStatus::Resolved));
        let list = || wp.comments().list().post([post.id]).status("all").order_by("id", Order::Asc);
        assert_eq!(ids(list().kind(CommentType::Note).await.unwrap()), [note.id, answer.id]);
        assert_eq!(ids(list().kind("all").await.unwrap()), [note.id, answer.id]);
        assert_eq!(ids(list().await.unwrap()), []);
        assert_refused(site.anonymous().comments().get(note.id).await, 401, "rest_cannot_read");
        let subscriber = site.someone(&site.subscriber);
        assert_refused(
            subscriber.comments().create(NewComment::note(post.id, "x")).await,
            403,
            "rest_cannot_create_note",
        );
        for id in [answer.id, note.id] {
            wp.comments().delete(id).await.unwrap();
        }
    } else {
        assert_refused(note, 400, "rest_invalid_comment_type");
    }
    wp.posts().delete(post.id).await.unwrap();
}
