// Swagger UI over this service's own description; nothing is fetched from elsewhere.
SwaggerUIBundle({ url: "/openapi.json", dom_id: "#docs", validatorUrl: null, deepLinking: true });
