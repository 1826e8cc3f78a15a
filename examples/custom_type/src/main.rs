//! A custom post type from its first draft to its deletion, on a site with `books.php` as a must-use plugin:
//!
//! ```sh
//! eval "$(cargo xtask wordpress up --wp 6.5 --mu-plugin examples/custom_type/books.php)"
//! cargo run -p custom-type
//! ```

mod book;

use std::env;
use std::error::Error;

use wp_client::models::{NewTerm, PostStatus};
use wp_client::{Basic, Client};

use book::{Book, BookFields, Genre, Genres, Meta};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let auth = Basic::application_password(env::var("WP_USER")?, env::var("WP_APP_PASSWORD")?);
    let wp = Client::builder(&env::var("WP_URL")?).auth(auth).build()?;
    let genre = wp.collection::<Genre>().create(NewTerm::<Genres>::named("Science fiction")).await?;
    // The genre is deleted, whatever happens to the book.
    let outcome = publish(&wp, &genre).await;
    wp.collection::<Genre>().delete(genre.id).await?;
    outcome
}

async fn publish(wp: &Client, genre: &Genre) -> Result<(), Box<dyn Error>> {
    let books = wp.collection::<Book>();
    let meta = Meta { isbn: "0441013597".to_owned(), pages: 412 };
    let new = BookFields {
        title: Some("Dune".to_owned()),
        content: Some("<!-- wp:paragraph --><p>Arrakis & sand</p><!-- /wp:paragraph -->".to_owned()),
        genres: Some(vec![genre.id]),
        meta: Some(meta),
        ..BookFields::default()
    };
    let saved = books.create(new).checked().await?;
    if let Some(difference) = saved.differences.first() {
        return Err(format!("{difference}: is `books.php` installed?").into());
    }
    let id = saved.item.id;
    println!("book {id} is a {}", saved.item.status);

    // Read for edit, change, write back: what was not changed stays byte for byte.
    let before = books.get(id).edit().await?.content.raw;
    let content = format!("{before}\n<!-- wp:paragraph --><p>The spice</p><!-- /wp:paragraph -->");
    let patch = BookFields {
        content: Some(content.clone()),
        status: Some(PostStatus::Publish),
        ..BookFields::default()
    };
    let after = books.update(id, patch).await?.content.raw;
    assert_eq!(after, *content);

    let listed = books.list().slug("dune").query("genres", [genre.id]).await?;
    let dune = listed.iter().find(|book| book.id == id).ok_or("the book is not in the list of its genre")?;
    println!("{} has {} pages and {} genre", dune.title.rendered, dune.meta.pages, dune.genres.len());
    assert_eq!(dune.meta.isbn, "0441013597");
    assert_eq!(wp.collection::<Genre>().get(genre.id).await?.count, 1);

    books.trash(id).await?;
    assert!(books.delete(id).await?.deleted);
    assert!(books.get_opt(id).await?.is_none());
    println!("book {id} is deleted");
    Ok(())
}
