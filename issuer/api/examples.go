package api

// The examples of the OpenAPI document, of the page at /api and of docs/api.md. A test sends the requests.
const (
	exampleAwardRequest = `{
  "achievement": "first-aid",
  "recipient": {"name": "Amal Haddad", "email": "amal@example.org"},
  "external_id": "course-17-learner-4711",
  "awarded_at": "2026-01-31T09:00:00Z",
  "evidence": [{"url": "https://school.example/work/4711", "name": "Practical test"}],
  "results": [{"description": "score", "value": "93"}]
}`
	exampleAward = `{
  "id": "awd_x7n4q2k5m3p6r7s2t4u5v6w7y2",
  "issuer": "iss_b5c6d7e2f3g4h5i6j7k2l3m4n5",
  "achievement": "ach_p2q3r4s5t6u7v2w3x4y5z6a7b2",
  "achievement_version": 1,
  "recipient": {"name": "Amal Haddad", "email": "amal@example.org"},
  "external_id": "course-17-learner-4711",
  "awarded_at": "2026-01-31T09:00:00Z",
  "visibility": "unlisted",
  "status": "active",
  "created_at": "2026-01-31T09:00:02Z",
  "page": "https://badges.example.org/c/k3m5p7r2t4v6x2z4b6d2f4h6j2",
  "credentials": [{
    "id": "k3m5p7r2t4v6x2z4b6d2f4h6j2",
    "form": "ob-jwt",
    "issued_at": "2026-01-31T09:00:02Z",
    "url": "https://badges.example.org/c/k3m5p7r2t4v6x2z4b6d2f4h6j2",
    "jwt_url": "https://badges.example.org/c/k3m5p7r2t4v6x2z4b6d2f4h6j2.jwt",
    "json_url": "https://badges.example.org/c/k3m5p7r2t4v6x2z4b6d2f4h6j2.json",
    "png_url": "https://badges.example.org/c/k3m5p7r2t4v6x2z4b6d2f4h6j2.png",
    "svg_url": "https://badges.example.org/c/k3m5p7r2t4v6x2z4b6d2f4h6j2.svg",
    "qr_png_url": "https://badges.example.org/c/k3m5p7r2t4v6x2z4b6d2f4h6j2.qr.png",
    "qr_svg_url": "https://badges.example.org/c/k3m5p7r2t4v6x2z4b6d2f4h6j2.qr.svg"
  }],
  "claim_url": "https://badges.example.org/claim/q2w3e4r5t6y7u2i3o4p5a6s7d2"
}`
	exampleAchievement = `{
  "slug": "first-aid",
  "name": "First aid",
  "description": "Can help in an emergency until help arrives.",
  "criteria": "Pass the practical test.",
  "type": "Course",
  "results": [{"id": "score", "name": "Score", "type": "Percent"}],
  "language": "en",
  "translations": [{
    "language": "fr",
    "name": "Premiers secours",
    "description": "Sait aider en cas d’urgence jusqu’à l’arrivée des secours.",
    "criteria": "Réussir l’épreuve pratique.",
    "results": [{"id": "score", "name": "Note"}]
  }]
}`
)
