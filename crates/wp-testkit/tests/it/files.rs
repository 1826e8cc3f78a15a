//! The files of attachments, as a web server hands them out.

use serde_json::Value;
use wp_testkit::StandIn;

use crate::client::{call, raw};

#[tokio::test]
async fn a_file_is_handed_out_whole_and_in_parts() {
    let site = StandIn::start().await;
    let upload = call(&site, "POST /wp/v2/media").by(&site, "author").text("text/plain", "0123456789");
    let item = upload.header("Content-Disposition", "attachment; filename=\"a b.txt\"").send().await;
    assert_eq!(item.header("X-WP-Upload-Attachment-ID"), Some(item.json()["id"].to_string().as_str()));
    let url = item.json()["source_url"].as_str().unwrap().to_owned();
    let path = url.strip_prefix(&site.url()).unwrap().to_owned();
    let get = || raw(&site, &format!("GET {path}"));
    let whole = get().send().await;
    assert_eq!((whole.status, whole.text.as_str()), (200, "0123456789"));
    assert_eq!(
        (whole.header("content-type"), whole.header("accept-ranges")),
        (Some("text/plain"), Some("bytes"))
    );
    let (etag, changed) = (whole.header("etag").unwrap(), whole.header("last-modified").unwrap());
    for (range, status, content_range, text) in [
        ("bytes=4-", 206, Some("bytes 4-9/10"), "456789"),
        ("bytes=4-5", 206, Some("bytes 4-5/10"), "45"),
        ("bytes=4-99", 206, Some("bytes 4-9/10"), "456789"),
        ("bytes=-3", 206, Some("bytes 7-9/10"), "789"),
        ("bytes=5-4", 200, None, "0123456789"),
        ("pages=4-", 200, None, "0123456789"),
    ] {
        let part = get().header("Range", range).send().await;
        assert_eq!(
            (part.status, part.header("content-range"), &*part.text),
            (status, content_range, text),
            "{range}"
        );
    }
    let none = get().header("Range", "bytes=10-").send().await;
    assert_eq!((none.status, none.header("content-range")), (416, Some("bytes */10")));
    assert_eq!(get().header("Range", "bytes=0-1,4-5").send().await.status, 501);
    for (known, status) in [(etag, 206), (changed, 206), ("\"other\"", 200)] {
        assert_eq!(get().header("Range", "bytes=4-").header("If-Range", known).send().await.status, status);
    }
    assert_eq!(raw(&site, &format!("POST {path}")).send().await.status, 405);
    let id = item.json()["id"].to_string();
    let deleted =
        call(&site, &format!("DELETE /wp/v2/media/{id}?force=true")).by(&site, "author").send().await;
    assert_eq!(deleted.json()["deleted"], Value::Bool(true));
    assert_eq!(get().send().await.status, 404);
}

#[tokio::test]
async fn a_checksum_is_compared_as_text() {
    let site = StandIn::start().await;
    for (sum, status) in [
        ("781e5e245d69b566979b86e28d23f2c7", 201),
        ("781E5E245D69B566979B86E28D23F2C7", 412),
        ("eB5eJF1ptWaXm4bijSPyxw==", 412),
    ] {
        let upload = call(&site, "POST /wp/v2/media").by(&site, "author").text("text/plain", "0123456789");
        let upload = upload.header("Content-Disposition", "attachment; filename=\"a.txt\"");
        assert_eq!(upload.header("Content-MD5", sum).send().await.status, status, "{sum}");
    }
}

// Observed on WordPress 7.1.4; 6.5.5 puts each file into the folder of today.
#[tokio::test]
async fn title_and_folder_of_a_file() {
    let site = StandIn::start().await;
    let upload = async |query: &str| {
        let upload =
            call(&site, &format!("POST /wp/v2/media{query}")).by(&site, "admin").text("text/plain", "x");
        upload.header("Content-Disposition", "attachment; filename=\"each.txt\"").send().await.json()
    };
    assert_eq!(upload("").await["title"]["raw"], "each");
    let second = upload("").await;
    assert_eq!((&second["title"]["raw"], &second["slug"]), (&Value::from("each-1"), &Value::from("each-1")));
    // Without a caption, the excerpt of its page.
    assert_eq!(second["caption"]["rendered"], "<p>each-1</p>\n");
    let attached = upload("?post=3").await;
    assert!(attached["source_url"].as_str().unwrap().ends_with("/uploads/2024/01/each.txt"), "{attached}");
}
