// Text blocks of the Korean guide, as they stand there, less its comments. What they lead to is in docs/guide-differences.md.

/** Section 3.2: `.env`. */
export const envFile = `
EXTERNAL_URL=https://mcp.yourdomain.com
TLS=true
AUTH_ENCRYPTION_SECRET=$(openssl rand -base64 32)
ALLOWED_USERS=jedi@yourdomain.com,admin@yourdomain.com
GOOGLE_CLIENT_ID=YOUR_GOOGLE_CLIENT_ID
GOOGLE_CLIENT_SECRET=YOUR_GOOGLE_CLIENT_SECRET
GOOGLE_GMAIL_CLIENT_ID=YOUR_GMAIL_CLIENT_ID
GOOGLE_GMAIL_CLIENT_SECRET=YOUR_GMAIL_CLIENT_SECRET
GOOGLE_CALENDAR_CLIENT_ID=YOUR_CALENDAR_CLIENT_ID
GOOGLE_CALENDAR_CLIENT_SECRET=YOUR_CALENDAR_CLIENT_SECRET
GOOGLE_DRIVE_CLIENT_ID=YOUR_DRIVE_CLIENT_ID
GOOGLE_DRIVE_CLIENT_SECRET=YOUR_DRIVE_CLIENT_SECRET
GITHUB_CLIENT_ID=YOUR_GITHUB_CLIENT_ID
GITHUB_CLIENT_SECRET=YOUR_GITHUB_CLIENT_SECRET
OIDC_ISSUER=https://auth.yourdomain.com
OIDC_CLIENT_ID=YOUR_OIDC_CLIENT_ID
OIDC_CLIENT_SECRET=YOUR_OIDC_CLIENT_SECRET
TLS_CERT=/etc/letsencrypt/live/mcp.yourdomain.com/fullchain.pem
TLS_KEY=/etc/letsencrypt/live/mcp.yourdomain.com/privkey.pem
LOG_LEVEL=info
PORT=8080
`;

/** Section 3.3: `mcp_servers.json`. */
export const serversFile = `{
  "servers": [
    {
      "name": "gmail",
      "type": "http",
      "url": "https://mcp-gmail.yourdomain.com/mcp",
      "transport": "http",
      "tier": 2,
      "requires_oauth": true,
      "oauth_provider": "google",
      "scopes": ["https://www.googleapis.com/auth/gmail.readonly"]
    },
    {
      "name": "google-calendar",
      "type": "http",
      "url": "https://mcp-calendar.yourdomain.com/mcp",
      "transport": "http",
      "tier": 2,
      "requires_oauth": true,
      "oauth_provider": "google",
      "scopes": ["https://www.googleapis.com/auth/calendar.readonly"]
    },
    {
      "name": "github",
      "type": "http",
      "url": "https://mcp-github.yourdomain.com/mcp",
      "transport": "http",
      "tier": 2,
      "requires_oauth": true,
      "oauth_provider": "github",
      "scopes": ["repo:status", "read:user"]
    },
    {
      "name": "google-drive",
      "type": "http",
      "url": "https://mcp-drive.yourdomain.com/mcp",
      "transport": "http",
      "tier": 2,
      "requires_oauth": true,
      "oauth_provider": "google",
      "scopes": ["https://www.googleapis.com/auth/drive.readonly"]
    }
  ]
}
`;

/** Section 4.3: the three blocks for OpenID providers. */
export const oidcBlocks = {
  "any provider, with its endpoints": `
OIDC_ISSUER=https://auth.example.okta.com
OIDC_CLIENT_ID=YOUR_CLIENT_ID
OIDC_CLIENT_SECRET=YOUR_CLIENT_SECRET
OIDC_SCOPES=openid profile email
OIDC_AUTH_ENDPOINT=https://auth.example.okta.com/oauth2/v1/authorize
OIDC_TOKEN_ENDPOINT=https://auth.example.okta.com/oauth2/v1/token
OIDC_USERINFO_ENDPOINT=https://auth.example.okta.com/oauth2/v1/userinfo
`,
  Auth0: `
OIDC_ISSUER=https://jedisos.auth0.com
OIDC_CLIENT_ID=YOUR_AUTH0_CLIENT_ID
OIDC_CLIENT_SECRET=YOUR_AUTH0_CLIENT_SECRET
OIDC_SCOPES=openid profile email offline_access
`,
  "Azure AD": `
OIDC_ISSUER=https://login.microsoftonline.com/YOUR_TENANT_ID/v2.0
OIDC_CLIENT_ID=YOUR_AZURE_CLIENT_ID
OIDC_CLIENT_SECRET=YOUR_AZURE_CLIENT_SECRET
OIDC_SCOPES=openid profile email
`,
};

/** Section 12: every variable. */
export const everySetting = `
EXTERNAL_URL=https://mcp.yourdomain.com
AUTH_ENCRYPTION_SECRET=$(openssl rand -base64 32)
TLS=true
TLS_CERT=/etc/letsencrypt/live/mcp.yourdomain.com/fullchain.pem
TLS_KEY=/etc/letsencrypt/live/mcp.yourdomain.com/privkey.pem
TLS_ACCEPT_TOS=true  # 개발 전용, 자체 서명 인증서 자동 생성
PASSWORD=changeme
GOOGLE_CLIENT_ID=YOUR_CLIENT_ID
GOOGLE_CLIENT_SECRET=YOUR_CLIENT_SECRET
GOOGLE_SCOPES=https://www.googleapis.com/auth/gmail.readonly,https://www.googleapis.com/auth/calendar.readonly
GITHUB_CLIENT_ID=YOUR_CLIENT_ID
GITHUB_CLIENT_SECRET=YOUR_CLIENT_SECRET
OIDC_ISSUER=https://auth.yourdomain.com
OIDC_CLIENT_ID=YOUR_CLIENT_ID
OIDC_CLIENT_SECRET=YOUR_CLIENT_SECRET
OIDC_SCOPES=openid profile email offline_access
OIDC_AUTH_ENDPOINT=https://auth.yourdomain.com/authorize
OIDC_TOKEN_ENDPOINT=https://auth.yourdomain.com/token
OIDC_USERINFO_ENDPOINT=https://auth.yourdomain.com/userinfo
TOKEN_STORE=postgresql  # or redis
DATABASE_URL=postgresql://user:pass@postgres:5432/auth_tokens
REDIS_URL=redis://redis:6379/0
TOKEN_REFRESH_THRESHOLD=300  # 초, 기본값
TOKEN_REFRESH_MAX_RETRIES=3
TOKEN_REFRESH_RETRY_DELAY=2
ALLOWED_USERS=jedi@yourdomain.com,admin@yourdomain.com
ALLOWED_DOMAINS=yourdomain.com,partner.com
PORT=8080
BIND_ADDRESS=0.0.0.0
CORS_ORIGINS=https://jedisos.yourdomain.com,https://localhost:3000
LOG_LEVEL=info  # debug, info, warn, error
LOG_FORMAT=json  # json or text
PKCE_ENABLED=true
PKCE_CHALLENGE_METHOD=S256  # S256 or plain
CSRF_PROTECTION=true
CSRF_TOKEN_LENGTH=32
SESSION_TIMEOUT=3600  # 초
SESSION_COOKIE_NAME=mcp_auth_session
SESSION_COOKIE_SECURE=true
SESSION_COOKIE_HTTPONLY=true
SESSION_COOKIE_SAMESITE=Strict
CACHE_STORE=redis  # or memory
CACHE_TTL=300  # 초
METRICS_ENABLED=true
METRICS_PORT=9090
METRICS_PATH=/metrics  # Prometheus 포맷
`;

/** Section 5.2: the key that is printed there as an example of what openssl prints. */
export const printedKey = "c7f8k2x9mP1qL4nR7sT0vB3wF5gH8jK0lMoP9qRsT2u=";

/** Section 7.1: the verifier and the challenge that are printed there. */
export const printedPkce = { verifier: "a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6q7r8s9t0u1v2w3", challenge: "S9r-GOzpdmMF8uBsBqkQsJUjNlnSPVQVIAJlqihlFj0" };
