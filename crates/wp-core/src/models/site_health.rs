//! The health of a site: tests, and sizes.

open_enum! {
    /// A test of the site's health. WordPress runs it during the request.
    HealthTest {
        /// Whether updates can run in the background.
        BackgroundUpdates = "background-updates",
        /// Whether the site reaches itself.
        LoopbackRequests = "loopback-requests",
        /// Whether the site uses https.
        HttpsStatus = "https-status",
        /// Whether the site reaches WordPress.org.
        DotorgCommunication = "dotorg-communication",
        /// Whether the server passes on the header `Authorization`. WordPress compares it with fixed values, so send it
        /// with the user `user` and the password `pwd`; any other credential is a failed test.
        AuthorizationHeader = "authorization-header",
        /// Whether pages are cached.
        PageCache = "page-cache",
    }
}

open_enum! {
    /// The result of a test.
    HealthStatus {
        /// Passed.
        Good = "good",
        /// The site should be improved.
        Recommended = "recommended",
        /// The site has a serious problem.
        Critical = "critical",
    }
}

model! {
    /// The result of a test of the site's health, with texts for people. It needs an administrator; others get 401 or
    /// 403 `rest_forbidden`.
    #[derive(Debug, Clone, PartialEq)]
    pub struct HealthReport {
        /// The name of the test: `page_cache`.
        test: String,
        /// The result.
        status: Option<HealthStatus>,
        /// The result in a few words.
        label: String,
        /// The result in detail, as HTML.
        description: String,
        /// The possible actions, as HTML.
        actions: String,
        /// The field that the test belongs to.
        badge: Option<HealthBadge>,
    }
}

model! {
    /// A field of tests.
    #[derive(Debug, Clone, PartialEq)]
    pub struct HealthBadge {
        /// The name: `Security`, `Performance`.
        label: String,
        /// The color in the dashboard: `blue`.
        color: String,
    }
}

model! {
    /// How much disk space the site uses.
    #[derive(Debug, Clone, PartialEq)]
    pub struct DirectorySizes {
        /// Always 0 (observed on WordPress 7.1).
        raw: u64,
        /// WordPress itself.
        wordpress_size: Option<DirectorySize>,
        /// The themes.
        themes_size: Option<DirectorySize>,
        /// The plugins.
        plugins_size: Option<DirectorySize>,
        /// The uploads.
        uploads_size: Option<DirectorySize>,
        /// The fonts; since WordPress 6.7.
        fonts_size: Option<DirectorySize>,
        /// The database.
        database_size: Option<DirectorySize>,
        /// All together.
        total_size: Option<DirectorySize>,
    }
}

model! {
    /// A size on the disk.
    #[derive(Debug, Clone, PartialEq)]
    pub struct DirectorySize {
        /// The size, for people: `90.17 MB`.
        size: String,
        /// The same with the number of bytes.
        debug: String,
        /// The number of bytes. WordPress leaves it out for an empty directory, and if the measurement took too long.
        raw: Option<u64>,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_read() {
        // As recorded on WordPress 7.1, shortened.
        let text = r#"{"label":"Your website does not use HTTPS","status":"recommended",
            "badge":{"label":"Security","color":"blue"},"description":"<p></p>","actions":"<p></p>",
            "test":"https_status"}"#;
        let report: HealthReport = serde_json::from_str(text).unwrap();
        assert_eq!(report.status, Some(HealthStatus::Recommended));
        let text = r#"{"raw":0,"fonts_size":{"size":"0.00 B","debug":"0.00 B (0 bytes)"},
            "total_size":{"size":"97.69 MB","debug":"97.69 MB (102435516 bytes)","raw":102435516}}"#;
        let sizes: DirectorySizes = serde_json::from_str(text).unwrap();
        assert_eq!(sizes.fonts_size.unwrap().raw, None);
        assert_eq!(sizes.total_size.unwrap().raw, Some(102_435_516));
    }
}
