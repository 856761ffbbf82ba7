//! Reads Rust source as words, far enough for the rules of the house: comments, strings and characters fall away, `use`
//! trees are spread out to full paths.

/// A word or a sign, with its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    pub line: usize,
    pub text: String,
}

impl Token {
    pub fn is_word(&self) -> bool {
        self.text.starts_with(|c: char| c.is_alphanumeric() || c == '_')
    }
}

/// A path as written or imported, such as `crate::geom::Envelope`. A macro called by its bare name is `["println", "!"]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    pub line: usize,
    pub segments: Vec<String>,
}

/// The words and signs of `source`; `::` is one sign, all others are single characters.
pub fn tokens(source: &str) -> Vec<Token> {
    let chars: Vec<char> = source.chars().collect();
    let at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let (mut out, mut line, mut i) = (Vec::new(), 1, 0);
    while i < chars.len() {
        let start = i;
        match chars[i] {
            '/' if at(i + 1) == '/' => {
                while i < chars.len() && chars[i] != '\n' {
                    i += 1;
                }
            }
            '/' if at(i + 1) == '*' => {
                let mut depth = 0;
                loop {
                    match (at(i), at(i + 1)) {
                        ('/', '*') => (depth, i) = (depth + 1, i + 2),
                        ('*', '/') => (depth, i) = (depth - 1, i + 2),
                        _ => i += 1,
                    }
                    if depth == 0 || i >= chars.len() {
                        break;
                    }
                }
            }
            '"' => i = after_string(&chars, i),
            '\'' => i = after_quote(&chars, i),
            c if word(c) => {
                while word(at(i)) {
                    i += 1;
                }
                let text: String = chars[start..i].iter().collect();
                if ["r", "br", "cr"].contains(&text.as_str()) && (at(i) == '"' || at(i) == '#') {
                    let hashes = chars[i..].iter().take_while(|c| **c == '#').count();
                    if at(i + hashes) == '"' {
                        i = after_raw_string(&chars, i + hashes + 1, hashes);
                    } else {
                        i += hashes; // r#type: the word follows
                    }
                } else if ["b", "c"].contains(&text.as_str()) && at(i) == '"' {
                    i = after_string(&chars, i);
                } else if text == "b" && at(i) == '\'' {
                    i = after_quote(&chars, i);
                } else {
                    out.push(Token { line, text });
                }
            }
            ':' if at(i + 1) == ':' => {
                out.push(Token { line, text: "::".into() });
                i += 2;
            }
            c => {
                if !c.is_whitespace() {
                    out.push(Token { line, text: c.to_string() });
                }
                i += 1;
            }
        }
        line += chars[start..i.min(chars.len())].iter().filter(|c| **c == '\n').count();
    }
    out
}

/// Where the string that opens at `i` has ended.
fn after_string(chars: &[char], mut i: usize) -> usize {
    i += 1;
    while i < chars.len() && chars[i] != '"' {
        i += if chars[i] == '\\' { 2 } else { 1 };
    }
    i + 1
}

fn after_raw_string(chars: &[char], mut i: usize, hashes: usize) -> usize {
    while i < chars.len() && !(chars[i] == '"' && chars[i + 1..].iter().take_while(|c| **c == '#').count() >= hashes) {
        i += 1;
    }
    i + 1 + hashes
}

/// Where the character literal at `i` has ended; after the quote alone when it is a lifetime.
fn after_quote(chars: &[char], i: usize) -> usize {
    if chars.get(i + 1) == Some(&'\\') {
        let mut end = i + 3;
        while end < chars.len() && chars[end] != '\'' {
            end += 1;
        }
        end + 1
    } else if chars.get(i + 2) == Some(&'\'') {
        i + 3
    } else {
        i + 1
    }
}

/// Every path of two segments or more, every import, and every macro called by its bare name.
pub fn paths(tokens: &[Token]) -> Vec<Path> {
    let mut out = Vec::new();
    let mut i = 0;
    while i < tokens.len() {
        if tokens[i].text == "use" {
            i = spread_use(tokens, i + 1, &mut Vec::new(), &mut out);
            continue;
        }
        // `<T as Trait>::name` and `Vec<T>::name` continue a type; they start no path
        let continues = i > 1 && tokens[i - 1].text == "::" && (tokens[i - 2].text == ">" || tokens[i - 2].is_word());
        if !tokens[i].is_word() || continues {
            i += 1;
            continue;
        }
        let line = tokens[i].line;
        let mut segments = vec![tokens[i].text.clone()];
        i += 1;
        while i + 1 < tokens.len() && tokens[i].text == "::" && tokens[i + 1].is_word() {
            segments.push(tokens[i + 1].text.clone());
            i += 2;
        }
        if segments.len() == 1 && tokens.get(i).is_some_and(|t| t.text == "!") {
            segments.push("!".into());
        }
        if segments.len() > 1 {
            out.push(Path { line, segments });
        }
    }
    out
}

/// Reads one tree of a `use` from `i` on, after `prefix`; returns where it ended.
fn spread_use(tokens: &[Token], mut i: usize, prefix: &mut Vec<String>, out: &mut Vec<Path>) -> usize {
    let depth = prefix.len();
    let mut line = 0;
    while let Some(token) = tokens.get(i) {
        match token.text.as_str() {
            "{" => {
                i += 1;
                while tokens.get(i).is_some_and(|t| t.text != "}") {
                    i = spread_use(tokens, i, prefix, out);
                    if tokens.get(i).is_some_and(|t| t.text == ",") {
                        i += 1;
                    }
                }
                prefix.truncate(depth);
                return i + 1;
            }
            "as" => i += 2,
            "::" => i += 1,
            text if token.is_word() || text == "*" => {
                line = token.line;
                prefix.push(text.to_owned());
                i += 1;
            }
            _ => break, // , } or ;
        }
    }
    if prefix.len() > depth {
        out.push(Path { line, segments: prefix.clone() });
    }
    prefix.truncate(depth);
    i
}

/// The attributes `#[…]` and `#![…]`, each as its words and signs.
pub fn attributes(tokens: &[Token]) -> Vec<&[Token]> {
    let mut out = Vec::new();
    for (i, token) in tokens.iter().enumerate() {
        let open = if tokens.get(i + 1).is_some_and(|t| t.text == "!") { i + 2 } else { i + 1 };
        if token.text != "#" || tokens.get(open).is_none_or(|t| t.text != "[") {
            continue;
        }
        let mut depth = 0;
        for (end, token) in tokens.iter().enumerate().skip(open) {
            match token.text.as_str() {
                "[" => depth += 1,
                "]" => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                out.push(&tokens[open + 1..end]);
                break;
            }
        }
    }
    out
}
