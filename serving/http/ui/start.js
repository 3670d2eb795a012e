// Swagger UI over this server's own document; nothing is fetched from elsewhere.
"use strict";

SwaggerUIBundle({
  // The address bar may hold a token as a password, which no request may have in its address.
  url: new URL("openapi.json", location.origin + location.pathname).href,
  dom_id: "#swagger-ui",
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  validatorUrl: null,
});
