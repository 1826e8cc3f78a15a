//! The font library.

use wp_client::ErrorCode;
use wp_client::models::{FontFaceSettings, FontFamilyPatch, FontFamilySettings, NewFontFace, NewFontFamily};

use crate::site::Site;

pub(crate) async fn font_family_and_faces_create_delete(site: Site) {
    let wp = site.admin();
    let settings = FontFamilySettings::new("Behaviour", "behaviour", "Behaviour, serif");
    let family = wp.font_families().create(NewFontFamily::with(settings.clone())).await.unwrap();
    assert_eq!(family.font_family_settings.font_family, "Behaviour, serif");
    let error = wp.font_families().create(NewFontFamily::with(settings)).await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::from("rest_duplicate_font_family")), "{error}");
    let read = wp.font_families().get(family.id).edit().strict().await.unwrap();
    assert_eq!(read.font_family_settings.name, "Behaviour");
    let mut name = FontFamilySettings::default();
    "Renamed".clone_into(&mut name.name);
    let patch = FontFamilyPatch::default().font_family_settings(name);
    let renamed = wp.font_families().update(family.id, patch).await.unwrap();
    assert_eq!(renamed.font_family_settings.name, "Renamed");
    assert_eq!(renamed.font_family_settings.font_family, "Behaviour, serif");
    let found = wp.font_families().list().slug("behaviour").strict().await.unwrap();
    assert_eq!(found.iter().map(|found| found.id).collect::<Vec<_>>(), [family.id]);
    assert!(wp.font_families().list().slug("no-such-slug").await.unwrap().is_empty());

    let faces = wp.font_families().faces(family.id);
    let mut bold = FontFaceSettings::new("Behaviour", format!("{}/bold.woff2", site.url()));
    bold.font_weight = "700".into();
    let face = faces.create(NewFontFace::with(bold.clone())).await.unwrap();
    assert_eq!((face.parent, &face.font_face_settings.font_weight), (Some(family.id), &"700".into()));
    let error = faces.create(NewFontFace::with(bold)).await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::from("rest_duplicate_font_face")), "{error}");
    let all = faces.list().strict().await.unwrap();
    assert_eq!(all.iter().map(|face| face.id).collect::<Vec<_>>(), [face.id]);
    assert_eq!(faces.get(face.id).strict().await.unwrap().font_face_settings, face.font_face_settings);
    assert_eq!(wp.font_families().get(family.id).await.unwrap().font_faces, [face.id]);

    let mut light = FontFaceSettings::default();
    "Behaviour".clone_into(&mut light.font_family);
    light.font_weight = "300".into();
    // The head of a WOFF2 file.
    let file = b"wOF2\0\x01\0\0".to_vec();
    match faces.upload(light, "light.woff2", "font/woff2", file).await {
        Ok(light) => assert!(light.font_face_settings.src.as_slice()[0].contains("light")),
        // PHP reads the type of a file, and this is hardly one.
        Err(error) => assert_eq!(error.code(), Some(&ErrorCode::from("rest_font_upload_invalid_file_type"))),
    }

    let subscriber = site.someone(&site.subscriber);
    assert!(subscriber.font_families().list().await.unwrap_err().is_forbidden());
    assert!(subscriber.font_families().delete(family.id).await.unwrap_err().is_forbidden());
    assert!(
        site.anonymous().font_families().get(family.id).await.is_ok_and(|it| it.id == family.id)
            || site.anonymous().font_families().get(family.id).await.unwrap_err().is_unauthorized()
    );
    assert!(site.anonymous().font_families().faces(family.id).list().await.unwrap_err().is_unauthorized());

    assert!(faces.delete(face.id).await.unwrap().deleted);
    assert!(wp.font_families().delete(family.id).await.unwrap().deleted);
    assert!(wp.font_families().get(family.id).await.unwrap_err().is_not_found());
}

pub(crate) async fn font_collections_list(site: Site) {
    let wp = site.admin();
    // A site without a way to the collection's source lists none, and has an error for the one.
    let listed = wp.font_collections().list().strict().await.unwrap();
    match wp.font_collections().get("google-fonts").await {
        Ok(google) => assert!(listed.iter().any(|collection| collection.slug == google.slug)),
        Err(error) => {
            assert_eq!(error.code(), Some(&ErrorCode::from("font_collection_json_missing")), "{error}");
        }
    }
    // That of `extras.php`, which other sites lack.
    if listed.iter().any(|collection| collection.slug == "xtask") {
        let own = wp.font_collections().get("xtask").strict().await.unwrap();
        assert_eq!((own.slug.as_str(), own.font_families.len()), ("xtask", 1));
    }
    assert!(wp.font_collections().get("no-such-collection").await.unwrap_err().is_not_found());
    assert!(site.anonymous().font_collections().list().await.unwrap_err().is_unauthorized());
}
