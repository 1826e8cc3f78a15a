//! The front matter of a Markdown file.

use serde::Deserialize;

use crate::Result;

/// What the head of a file says of the post, in YAML between two lines `---`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrontMatter {
    /// The title.
    pub title: String,
    /// The name in URLs, by which the post is found again. Default: the name of the file.
    pub slug: Option<String>,
    /// `draft`, `publish`, `pending`, `private` or `future`. Default: a new post is a draft.
    pub status: Option<String>,
    /// When it is published: `2030-01-31 09:00` on the site's clock, or an instant: `2030-01-31T09:00:00Z`. WordPress
    /// schedules a post with the status `publish` and a date in the future.
    pub date: Option<String>,
    /// The names of the categories; they are created if they are missing.
    pub categories: Option<Vec<String>>,
    /// The names of the tags; they are created if they are missing.
    pub tags: Option<Vec<String>>,
    /// The file of the featured image.
    pub featured_image: Option<String>,
    /// The excerpt.
    pub excerpt: Option<String>,
}

impl FrontMatter {
    /// Divides a file into its front matter and its Markdown.
    pub fn split(file: &str) -> Result<(Self, &str)> {
        let text = file.strip_prefix('\u{feff}').unwrap_or(file);
        let mut lines = text.split_inclusive('\n');
        let first = lines.next().unwrap_or_default();
        if first.trim_end() != "---" {
            return Err("it does not begin with front matter: YAML between two lines `---`".into());
        }
        let mut end = first.len();
        for line in lines {
            if line.trim_end() == "---" {
                // A line in place of the first one, so that an error names the line of the file.
                let head = serde_yaml_ng::from_str(&format!("\n{}", &text[first.len()..end]));
                let head = head.map_err(|error| format!("its front matter cannot be read: {error}"))?;
                return Ok((head, &text[end + line.len()..]));
            }
            end += line.len();
        }
        Err("its front matter has no end: a second line `---`".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn front_matter_is_divided_from_the_text() {
        let (head, text) =
            FrontMatter::split("---\r\ntitle: A & B\r\ntags: [x, 'y z']\r\n---\r\n# Hi\n---\n").unwrap();
        assert_eq!((head.title.as_str(), text), ("A & B", "# Hi\n---\n"));
        assert_eq!(head.tags.unwrap(), ["x", "y z"]);
        assert!(head.slug.is_none() && head.categories.is_none());
    }

    #[test]
    fn faults_are_named() {
        for (file, said) in [
            ("# Hi", "does not begin"),
            ("---\ntitle: x", "no end"),
            ("---\nslug: x\n---\n", "title"),
            ("---\ntitle: x\ncategorys: [a]\n---\n", "categorys"),
            ("---\ntitle: x\ntags: a\n---\n", "tags"),
            ("---\ntitle: x\ntags: a\n---\n", "line 3"),
        ] {
            let error = FrontMatter::split(file).unwrap_err().to_string();
            assert!(error.contains(said), "{file}: {error}");
        }
    }
}
