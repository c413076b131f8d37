"""What the wait page says, in the languages that readers of archives read most."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class WaitText:
    """The wait page in one language.

    Attributes:
        title: What happens.
        why: Why.
        button: What to press.
        note: What pressing it does, and what it does not ask for.
        again: When to come back without; `{seconds}` stands in it.
        request: What stands before the request id.
        direction: `ltr` or `rtl`.
    """

    title: str
    why: str
    button: str
    note: str
    again: str
    request: str
    direction: str = "ltr"


WAIT_TEXTS: Mapping[str, WaitText] = MappingProxyType(
    {
        "en": WaitText(
            "One moment: this page is in great demand",
            "Pages like this one take the archive long to make, and many are being "
            "asked for. All other pages are open as usual.",
            "Show me this page",
            "The button works once, within ten minutes. It needs no account, cookie, "
            "script or puzzle.",
            "Or try again in {seconds} seconds.",
            "Request",
        ),
        "fr": WaitText(
            "Un instant : cette page est très demandée",
            "Les pages de ce genre sont longues à préparer, et on en demande beaucoup "
            "en ce moment. Toutes les autres pages restent ouvertes.",
            "Afficher cette page",
            "Le bouton sert une fois, dans les dix minutes. Ni compte, ni cookie, ni "
            "script, ni énigme.",
            "Ou réessayez dans {seconds} secondes.",
            "Requête",
        ),
        "de": WaitText(
            "Einen Moment: Diese Seite ist sehr gefragt",
            "Seiten wie diese brauchen lange, und gerade werden viele verlangt. Alle "
            "anderen Seiten sind wie gewohnt offen.",
            "Diese Seite zeigen",
            "Die Taste gilt einmal, zehn Minuten lang. Ohne Konto, Cookie, Skript oder "
            "Rätsel.",
            "Oder versuchen Sie es in {seconds} Sekunden noch einmal.",
            "Anfrage",
        ),
        "es": WaitText(
            "Un momento: esta página está muy solicitada",
            "Las páginas como esta tardan en prepararse y ahora se piden muchas. Las "
            "demás páginas están abiertas como siempre.",
            "Mostrar esta página",
            "El botón sirve una vez, durante diez minutos. Sin cuenta, cookies, "
            "scripts ni acertijos.",
            "O vuelva a intentarlo dentro de {seconds} segundos.",
            "Solicitud",
        ),
        "it": WaitText(
            "Un momento: questa pagina è molto richiesta",
            "Pagine come questa richiedono tempo, e ora ne vengono chieste molte. "
            "Tutte le altre pagine sono aperte come sempre.",
            "Mostra questa pagina",
            "Il pulsante vale una volta, per dieci minuti. Senza account, cookie, "
            "script o indovinelli.",
            "Oppure riprova tra {seconds} secondi.",
            "Richiesta",
        ),
        "pt": WaitText(
            "Um momento: esta página está muito procurada",
            "Páginas como esta demoram a preparar e agora são pedidas muitas. Todas "
            "as outras páginas estão abertas como sempre.",
            "Mostrar esta página",
            "O botão serve uma vez, durante dez minutos. Sem conta, cookies, scripts "
            "nem enigmas.",
            "Ou tente de novo dentro de {seconds} segundos.",
            "Pedido",
        ),
        "nl": WaitText(
            "Een ogenblik: deze pagina is erg gevraagd",
            "Pagina's als deze kosten veel tijd, en er worden er nu veel gevraagd. "
            "Alle andere pagina's zijn gewoon open.",
            "Toon deze pagina",
            "De knop werkt één keer, tien minuten lang. Zonder account, cookie, "
            "script of puzzel.",
            "Of probeer het over {seconds} seconden opnieuw.",
            "Aanvraag",
        ),
        "pl": WaitText(
            "Chwileczkę: ta strona jest bardzo oblegana",
            "Przygotowanie takich stron trwa długo, a teraz jest o nie wiele próśb. "
            "Wszystkie inne strony działają jak zwykle.",
            "Pokaż tę stronę",
            "Przycisk działa raz, przez dziesięć minut. Bez konta, ciasteczek, "
            "skryptów i zagadek.",
            "Można też spróbować ponownie za {seconds} s.",
            "Zapytanie",
        ),
        "uk": WaitText(
            "Зачекайте: на цю сторінку великий попит",
            "Такі сторінки готуються довго, і зараз їх запитують дуже часто. Усі інші "
            "сторінки відкриті, як завжди.",
            "Показати цю сторінку",
            "Кнопка діє один раз, упродовж десяти хвилин. Без облікового запису, "
            "файлів cookie, скриптів і загадок.",
            "Або спробуйте ще раз через {seconds} с.",
            "Запит",
        ),
        "ru": WaitText(
            "Минуту: эта страница сейчас очень востребована",
            "Такие страницы готовятся долго, и сейчас их запрашивают очень часто. Все "
            "остальные страницы открыты как обычно.",
            "Показать эту страницу",
            "Кнопка действует один раз, в течение десяти минут. Без учётной записи, "
            "файлов cookie, скриптов и загадок.",
            "Или попробуйте ещё раз через {seconds} с.",
            "Запрос",
        ),
        "tr": WaitText(
            "Bir dakika: bu sayfa şu anda çok isteniyor",
            "Bunun gibi sayfaların hazırlanması uzun sürer ve şu anda çok sayıda "
            "isteniyor. Diğer bütün sayfalar her zamanki gibi açık.",
            "Bu sayfayı göster",
            "Düğme on dakika içinde bir kez geçerlidir. Hesap, çerez, betik veya "
            "bulmaca gerekmez.",
            "Ya da {seconds} saniye sonra yeniden deneyin.",
            "İstek",
        ),
        "el": WaitText(
            "Μια στιγμή: αυτή η σελίδα έχει μεγάλη ζήτηση",
            "Τέτοιες σελίδες χρειάζονται χρόνο και τώρα ζητούνται πολλές. Όλες οι "
            "άλλες σελίδες είναι ανοιχτές όπως πάντα.",
            "Εμφάνιση αυτής της σελίδας",
            "Το κουμπί ισχύει μία φορά, για δέκα λεπτά. Χωρίς λογαριασμό, cookie, "
            "σενάριο ή γρίφο.",
            "Ή δοκιμάστε ξανά σε {seconds} δευτερόλεπτα.",
            "Αίτημα",
        ),
        "ar": WaitText(
            "لحظة من فضلك: الطلب كبير على هذه الصفحة",
            "يستغرق إعداد صفحات كهذه وقتًا طويلًا، وتُطلب الآن صفحات كثيرة منها. جميع "
            "الصفحات الأخرى مفتوحة كالمعتاد.",
            "اعرض هذه الصفحة",
            "يعمل الزر مرة واحدة خلال عشر دقائق. لا حساب ولا ملفات تعريف ارتباط ولا "
            "نص برمجي ولا لغز.",
            "أو حاول مرة أخرى بعد {seconds} ثانية.",
            "الطلب",
            direction="rtl",
        ),
        "zh": WaitText(
            "请稍候：目前访问此页面的请求很多",
            "生成这类页面需要较长时间，而现在请求很多。其他页面照常开放。",
            "显示此页面",
            "按钮在十分钟内有效一次。无需账户、Cookie、脚本或验证题。",
            "或者请在 {seconds} 秒后重试。",
            "请求",
        ),
        "ja": WaitText(
            "少々お待ちください。このページにアクセスが集中しています",
            "この種のページは作成に時間がかかり、現在多くの要求があります。"
            "その他のページは通常どおりご覧いただけます。",
            "このページを表示する",
            "ボタンは十分以内に一度だけ使えます。アカウントも Cookie も"
            "スクリプトもパズルも要りません。",
            "または {seconds} 秒後にもう一度お試しください。",
            "リクエスト",
        ),
    }
)
"""By language code; English where none is understood."""
