/** The example's own pages: two forms and a menu. Those of the second factor come with the router. */
export const HOME = page(
  'Acme',
  `<ul>
    <li><a href="/register">Register</a></li>
    <li><a href="/login">Log in</a></li>
    <li><a href="/account">Account</a> (any authenticated user)</li>
    <li><a href="/payroll">Payroll</a> (a second factor)</li>
    <li><a href="/mfa">Authenticators</a></li>
  </ul>
  <form method="post" action="/transfer">
    <p>
      <label>Transfer <input name="amount" value="100" size="6"></label>
      <label>to <input name="to" value="Bob" size="12"></label>
      <button>Send</button> (must be approved with a code)
    </p>
  </form>
  <form method="post" action="/logout"><button>Log out</button></form>`,
);

export const REGISTER = form('Register', '/register', 'new-password');
export const LOGIN = form('Log in', '/login', 'current-password');

function form(title: string, action: string, autocomplete: string): string {
  return page(
    title,
    `<form method="post" action="${action}">
      <p><label>Username <input name="username" autocomplete="username" required autofocus></label></p>
      <p><label>Password <input name="password" type="password" autocomplete="${autocomplete}" required></label></p>
      <p><button>${title}</button></p>
    </form>`,
  );
}

function page(title: string, body: string): string {
  return `<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>:root { color-scheme: light dark; font-family: system-ui, sans-serif } body { max-width: 40rem; margin: 2rem auto; padding: 0 1rem }</style>
<h1>${title}</h1>
${body}
</html>`;
}
