/** Who is signed in, the way in and out, and the badge of a service where nobody signs in. */
import { useEffect, useRef } from "preact/hooks";
import { t, tOr } from "../i18n";
import { loadWorkspace } from "../state/actions";
import { refusal, session, signIn, signingIn, signOut } from "../state/session";

function Dialogue() {
  const dialogue = useRef<HTMLDialogElement>(null);
  const open = signingIn.value;
  useEffect(() => {
    if (open && !dialogue.current?.open) dialogue.current?.showModal();
    if (!open && dialogue.current?.open) dialogue.current.close();
  }, [open]);
  return (
    <dialog
      ref={dialogue}
      class="sign-in"
      aria-labelledby="sign-in-title"
      onClose={() => {
        signingIn.value = false;
      }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const form = event.currentTarget;
          const given = new FormData(form);
          const done = signIn(String(given.get("login")), String(given.get("password")));
          void done.then((inside) => {
            form.reset();
            if (inside) return loadWorkspace();
            form.querySelector("input")?.focus();
          });
        }}
      >
        <h2 id="sign-in-title">{t("session.sign_in")}</h2>
        <label class="field">
          <span>{t("session.login")}</span>
          <input
            name="login"
            type="text"
            autocomplete="username"
            autocapitalize="none"
            maxLength={64}
            required
          />
        </label>
        <label class="field">
          <span>{t("session.password")}</span>
          <input name="password" type="password" autocomplete="current-password" maxLength={256} required />
        </label>
        <p class="ink-over" role="alert">
          {refusal.value}
        </p>
        <div class="actions">
          <button type="submit" class="primary">
            {t("session.sign_in")}
          </button>
          <button
            type="button"
            class="small quiet"
            onClick={() => {
              signingIn.value = false;
            }}
          >
            {t("session.cancel")}
          </button>
        </div>
      </form>
    </dialog>
  );
}

export function Account() {
  const now = session.value;
  if (!now) return null;
  if (now.login === "none") return <p class="account open">{t("session.none")}</p>;
  const roles = now.principal?.grants.map(
    (grant) => `${tOr(`role.${grant.role}`, grant.role)}${grant.scope ? ` · ${grant.scope}` : ""}`,
  );
  return (
    <div class="account">
      {now.principal ? (
        <>
          <span class="who" title={roles?.join("\n")}>
            {now.principal.name || now.principal.login}
          </span>
          <button type="button" class="small" onClick={() => void signOut().then(loadWorkspace)}>
            {t("session.sign_out")}
          </button>
        </>
      ) : (
        <>
          <span class="who muted">{t("session.stranger")}</span>
          <button
            type="button"
            class="small"
            onClick={() => {
              refusal.value = "";
              signingIn.value = true;
            }}
          >
            {t("session.sign_in")}
          </button>
        </>
      )}
      <Dialogue />
    </div>
  );
}
